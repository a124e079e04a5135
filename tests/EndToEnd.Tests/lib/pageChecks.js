/* Runs inside the page: looks at what a video element shows and listens to what a track carries. */
(() => {
  const contexts = new Map();
  let audio;

  /** The average colour of the picture's upper part and the frame counter in its lower part. */
  function look(video) {
    if (video === null || video.readyState < 2 || video.videoWidth === 0) {
      return { isPlaying: false };
    }
    const canvas = new OffscreenCanvas(160, 90);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(video, 0, 0, 160, 90);
    const blocks = Array.from({ length: 8 }, (_, index) => mean(context.getImageData(index * 20 + 6, 76, 8, 8).data));
    const bits = blocks
      .map((rgb) => (rgb[0] + rgb[1] + rgb[2]) / 3)
      .map((level) => (level > 170 ? 1 : level < 85 ? 0 : undefined));
    const [guard, ...rest] = bits;
    const counted = rest.slice(0, 6);
    const isValid = guard === 1 && !rest.includes(undefined) && counted.reduce((sum, bit) => sum ^ bit, 0) === rest[6];
    return {
      isPlaying: true,
      width: video.videoWidth,
      height: video.videoHeight,
      colour: mean(context.getImageData(8, 8, 144, 50).data),
      counter: isValid ? counted.reduce((value, bit) => value * 2 + bit, 0) : undefined,
    };
  }

  function mean(data) {
    const sums = [0, 0, 0];
    for (let at = 0; at < data.length; at += 4) {
      sums[0] += data[at];
      sums[1] += data[at + 1];
      sums[2] += data[at + 2];
    }
    return sums.map((sum) => Math.round(sum / (data.length / 4)));
  }

  /** The strongest frequency in hertz, or 0 when the track is silent. */
  async function listen(track) {
    audio ??= new AudioContext();
    await audio.resume();
    let analyser = contexts.get(track.id);
    if (analyser === undefined) {
      analyser = audio.createAnalyser();
      analyser.fftSize = 8192;
      analyser.smoothingTimeConstant = 0;
      audio.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      contexts.set(track.id, analyser);
    }
    // One whole window after the source is connected.
    await new Promise((resolve) => setTimeout(resolve, (1100 * analyser.fftSize) / audio.sampleRate));
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    const strongest = bins.reduce((best, level, bin) => (level > bins[best] ? bin : best), 0);
    return bins[strongest] > -65 ? (strongest * audio.sampleRate) / analyser.fftSize : 0;
  }

  function tileOf(identity, source = "camera") {
    return document.querySelector(`[data-testid=tile][data-identity="${identity}"][data-source="${source}"]`);
  }

  window.checks = {
    look,
    listen,
    /** What the page shows of a person. */
    seen(identity, source) {
      const tile = tileOf(identity, source);
      if (tile === null) {
        return { isThere: false };
      }
      return { isThere: true, ...look(tile.querySelector("video")), ...tile.dataset };
    },
    /** What the page plays of a person. */
    async heard(identity) {
      const meeting = window.eventmeet;
      const person = meeting?.participants.find((participant) => participant.identity === identity);
      const slot = person && meeting.slots.carrying(person.id, "microphone");
      return slot?.track ? listen(slot.track) : 0;
    },
  };
})();
