import { mediaError } from "./joinError.js";

export interface ScreenShareOptions {
  /** Also the sound of the tab or system, where the browser can. */
  audio?: boolean;
  /** Frames per second at most. */
  frameRate?: number;
}

/** Asks the person for a screen, window or tab. Throws a JoinError of kind noPermission when they cancel. */
export async function captureScreen(options: ScreenShareOptions): Promise<MediaStream> {
  if (globalThis.navigator?.mediaDevices?.getDisplayMedia === undefined) {
    throw mediaError(new DOMException("This browser cannot share its screen.", "NotFoundError"), "screen");
  }
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { max: options.frameRate ?? 15 } },
      audio: options.audio ?? true,
    });
    for (const track of stream.getVideoTracks()) {
      track.contentHint = "detail";
    }
    return stream;
  } catch (error) {
    throw mediaError(error, "screen");
  }
}
