/** Shows how loud a microphone is, ten times a second, as a CSS variable from 0 to 1. */
export class LevelMeter {
  readonly #target: HTMLElement;
  #context: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(target: HTMLElement) {
    this.#target = target;
  }

  watch(track: MediaStreamTrack | undefined): void {
    this.stop();
    if (track === undefined || typeof AudioContext === "undefined") {
      return;
    }
    this.#context = new AudioContext();
    const analyser = this.#context.createAnalyser();
    analyser.fftSize = 1024;
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.#show(levelOf(samples));
    }, 100);
  }

  stop(): void {
    clearInterval(this.#timer);
    void this.#context?.close();
    this.#context = undefined;
    this.#show(0);
  }

  #show(level: number): void {
    this.#target.style.setProperty("--level", level.toFixed(2));
    this.#target.setAttribute("aria-valuenow", String(Math.round(level * 100)));
  }
}

/** Root mean square in decibels, -60 to -10 drawn over the whole length. */
export function levelOf(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(samples.length, 1);
  const decibels = 10 * Math.log10(Math.max(power, 1e-10));
  return Math.min(Math.max((decibels + 60) / 50, 0), 1);
}
