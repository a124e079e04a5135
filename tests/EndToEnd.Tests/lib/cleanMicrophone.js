/* Runs inside the page before its own code: tones are noise to a noise suppressor, so it is switched off. */
(() => {
  const devices = navigator.mediaDevices;
  if (devices === undefined) {
    return;
  }
  const getUserMedia = devices.getUserMedia.bind(devices);
  const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  devices.getUserMedia = (wanted) =>
    getUserMedia(
      wanted.audio ? { ...wanted, audio: { ...(wanted.audio === true ? {} : wanted.audio), ...raw } } : wanted,
    );
})();
