/* Runs inside the page before its own code: a camera drawn on a canvas and a microphone made of one tone, for browsers that take no files. */
window.useCanvasDevices = ([r, g, b], hertz, [width, height] = [320, 180]) => {
  const blocksOf = (frame) => {
    const bits = [5, 4, 3, 2, 1, 0].map((bit) => (frame >> bit) & 1);
    return [1, ...bits, bits.reduce((sum, bit) => sum ^ bit, 0)];
  };
  const camera = () => {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d");
    let frame = 0;
    const draw = () => {
      context.fillStyle = `rgb(${r} ${g} ${b})`;
      context.fillRect(0, 0, width, height);
      blocksOf(frame++ % 60).forEach((bit, index) => {
        context.fillStyle = bit ? "white" : "black";
        context.fillRect((index * width) / 8, (height * 7) / 9, width / 8, (height * 2) / 9);
      });
    };
    draw();
    setInterval(draw, 1000 / 15);
    return canvas.captureStream(15).getVideoTracks()[0];
  };
  const microphone = () => {
    const context = new AudioContext();
    const tone = context.createOscillator();
    const volume = context.createGain();
    const output = context.createMediaStreamDestination();
    tone.frequency.value = hertz;
    volume.gain.value = 0.27;
    tone.connect(volume).connect(output);
    tone.start();
    return output.stream.getAudioTracks()[0];
  };
  navigator.mediaDevices.getUserMedia = async (wanted) =>
    new MediaStream([...(wanted.audio ? [microphone()] : []), ...(wanted.video ? [camera()] : [])]);
};
