export interface Devices {
  microphones: MediaDeviceInfo[];
  cameras: MediaDeviceInfo[];
  /** Empty where the browser cannot choose one. */
  speakers: MediaDeviceInfo[];
}

/** The devices there are. Their names are empty until one of them was allowed. */
export async function listDevices(): Promise<Devices> {
  const all = (await globalThis.navigator?.mediaDevices?.enumerateDevices()) ?? [];
  const canChooseSpeaker = "setSinkId" in HTMLMediaElement.prototype;
  const of = (kind: MediaDeviceKind): MediaDeviceInfo[] =>
    all.filter((device) => device.kind === kind && device.deviceId !== "");
  return {
    microphones: of("audioinput"),
    cameras: of("videoinput"),
    speakers: canChooseSpeaker ? of("audiooutput") : [],
  };
}
