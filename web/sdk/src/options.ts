import type { BackoffPolicy } from "./backoff.js";
import type { Capture } from "./localSource.js";
import type { LivenessPolicy } from "./liveness.js";

export interface JoinOptions {
  /** The microphone; default true. False joins muted: the device is asked for when it is unmuted. */
  audio?: Capture;
  /** The camera; default true. False joins without: the device is asked for when it is unmuted. */
  video?: Capture;
  /** Tracks given as audio and video are stopped when muted (camera) and at the end, like the client's own. Default false. */
  takeOverTracks?: boolean;
  /** How many people can be heard at once; 0 to 16, default 3. */
  audioSlots?: number;
  /** How many pictures can be seen at once; 0 to 24, default 9. */
  videoSlots?: number;
  /** Default VP8. */
  videoCodec?: "VP8" | "VP9" | "H264" | "AV1";
  /**
   * Sends the camera in several sizes, so that each receiver gets the one that its page shows and its connection takes: three from 960 pixels on the
   * longer side, two from 640. Default true for VP8 and H264, false for the others.
   */
  simulcast?: boolean;
  /** Bits per second of the camera at most; default 1.7 million. */
  maxVideoBitrate?: number;
  /** False leaves playing the audio slots to the caller. Default true. */
  playAudio?: boolean;
  /** Extra ICE servers or a policy; the server sends its own TURN servers. */
  rtcConfiguration?: RTCConfiguration;
  /** Asked for a fresh token when a reconnect is refused because the old one ran out. */
  refreshToken?: () => Promise<string>;
  /** Cancels joining; afterwards it does nothing: use leave(). */
  signal?: AbortSignal;
  /** How long to try to join. Default 15 s. */
  joinBackoff?: BackoffPolicy;
  /** How long to try to come back. Default 90 s. */
  reconnectBackoff?: BackoffPolicy;
  /** Ping every 2 s, lost after 5 s of silence. */
  liveness?: LivenessPolicy;
  /** For tests and unusual environments. */
  fetch?: typeof fetch;
}

/**
 * What a camera is sent as: RFC 8853 rids from small to large; the smallest comes first, so that it survives when bandwidth is short.
 *
 * @param size of the picture in pixels; as asked for while the camera is off
 */
export function cameraEncodings(
  options: JoinOptions,
  { width = 1280, height = 720 }: Pick<MediaTrackSettings, "width" | "height"> = {},
): RTCRtpEncodingParameters[] {
  const maxBitrate = options.maxVideoBitrate ?? 1_700_000;
  // Browsers make one stream with layers inside of what VP9 and AV1 are asked for in several sizes.
  const divides = options.simulcast ?? ["VP8", "H264"].includes(options.videoCodec ?? "VP8");
  const sizes = [
    { rid: "q", scaleResolutionDownBy: 4, maxBitrate: Math.round(maxBitrate / 11) },
    { rid: "h", scaleResolutionDownBy: 2, maxBitrate: Math.round(maxBitrate / 3.4) },
    { rid: "f", scaleResolutionDownBy: 1, maxBitrate },
  ];
  // Phones held upright have the longer side on the other axis.
  const side = Math.max(width, height);
  if (!divides || side < 640) {
    return [{ maxBitrate }];
  }
  return side < 960 ? sizes.slice(1) : sizes;
}

/** Within what the server and the browser bear. */
export function slotCount(wanted: number | undefined, standard: number, most: number): number {
  return Math.min(Math.max(Math.trunc(wanted ?? standard), 0), most);
}
