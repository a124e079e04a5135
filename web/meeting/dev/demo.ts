/*
 * The page's views with made-up people, for working on their looks: `npm run dev -w @eventmeet/meeting`, then
 * /dev/demo.html?people=5&screen&panel=chat. Not part of the build.
 */
import type { Meeting, MeetingEvents, Participant } from "@eventmeet/client";
import { MeetingView } from "../src/meetingView.js";

type Listener = (payload: never) => void;

const names = [
  "Ada Lovelace",
  "Ben Okafor",
  "Cleo Marchetti",
  "Dai Nguyen",
  "Emilia Åkerström",
  "Farid",
  "Grace H.",
  "Hiro Tanaka",
  "Ines",
  "Jo",
];
const query = new URLSearchParams(location.search);
const count = Number(query.get("people") ?? 3);
const sharer = query.has("screen") ? 1 : -1;

const people: Participant[] = Array.from({ length: count }, (_, index) => ({
  id: `p${index}`,
  identity: `person-${index}`,
  name: names[index % names.length]!,
  joinedAt: new Date().toISOString(),
  handRaised: index === 2,
  tracks: [
    { id: `m${index}`, kind: "audio", source: "microphone", muted: index % 3 === 2 },
    { id: `c${index}`, kind: "video", source: "camera", muted: index % 4 === 3 },
    ...(index === sharer ? [{ id: "s", kind: "video", source: "screen_share", muted: false } as const] : []),
  ],
}));

function picture(index: number, isScreen = false): MediaStreamTrack {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = isScreen ? [1280, 720] : [640, 360];
  const context = canvas.getContext("2d")!;
  const draw = (): void => {
    const shade = context.createLinearGradient(0, 0, canvas.width, canvas.height);
    shade.addColorStop(0, isScreen ? "#fdfdfd" : `hsl(${index * 67} 30% 62%)`);
    shade.addColorStop(1, isScreen ? "#e8ecf4" : `hsl(${index * 67 + 40} 35% 30%)`);
    context.fillStyle = shade;
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (isScreen) {
      context.fillStyle = "#20242c";
      context.font = "600 44px sans-serif";
      context.fillText("Quarterly plan", 80, 120);
      context.font = "28px sans-serif";
      ["Ship the recorder", "Move the workers to three zones", "Measure, then tune"].forEach((line, at) =>
        context.fillText(`•  ${line}`, 90, 200 + at * 60),
      );
    } else {
      context.fillStyle = "rgb(255 255 255 / 0.8)";
      context.beginPath();
      context.arc(320, 150, 62, 0, 7);
      context.ellipse(320, 350, 130, 130, 0, 0, 7);
      context.fill();
    }
  };
  draw();
  setInterval(draw, 200);
  return canvas.captureStream(5).getVideoTracks()[0]!;
}

const listeners = new Map<string, Set<Listener>>();
const on = (name: string, listener: Listener): (() => void) => {
  listeners.set(name, (listeners.get(name) ?? new Set()).add(listener));
  return () => listeners.get(name)?.delete(listener);
};
const emit = <Name extends keyof MeetingEvents>(name: Name, payload: MeetingEvents[Name]): void => {
  listeners.get(name)?.forEach((listener) => listener(payload as never));
};

const slots = people
  .slice(1)
  .map((participant, at) => ({ participant: participant.id, source: "camera", track: picture(at + 1) }));
if (sharer > 0) {
  slots.push({ participant: `p${sharer}`, source: "screen_share", track: picture(0, true) });
}
const own = picture(0);
const microphone = { muted: query.has("muted"), deviceId: undefined };
const camera = { muted: false, deviceId: undefined, outgoing: own };
const chat =
  query.get("panel") === "chat"
    ? [
        {
          type: "chat",
          id: "1",
          from: "p1",
          text: "Good morning! The notes are at https://example.com/notes",
          at: "2026-01-01T09:00:00Z",
        },
        { type: "chat", id: "2", from: "p0", text: "Thanks, reading them now.", at: "2026-01-01T09:01:00Z" },
        {
          type: "chat",
          id: "3",
          from: "p2",
          to: "p0",
          text: "Could you speak up a little?",
          at: "2026-01-01T09:02:00Z",
        },
      ]
    : [];

const meeting = {
  on,
  state: "connected",
  claims: { room: "weekly" },
  room: { id: "room_1", name: "Weekly planning" },
  grants: {
    canPublish: true,
    canSubscribe: true,
    canPublishData: true,
    roomAdmin: true,
    hidden: false,
    canUpdateOwnMetadata: true,
  },
  participants: people,
  self: people[0],
  participant: (id: string) => people.find((person) => person.id === id),
  speakers: [{ participant: "p1", level: 0.6 }],
  dominant: "p1",
  isRecording: query.has("recording"),
  recording: {
    active: query.has("recording"),
    paused: query.get("recording") === "paused",
    recordings: query.has("recording")
      ? [{ id: "rec_1", paused: query.get("recording") === "paused", startedBy: "Ada Lovelace" }]
      : [],
  },
  chat,
  microphone,
  camera,
  screen: undefined,
  isPlaybackBlocked: query.has("blocked"),
  slots: {
    video: [],
    carrying: (id: string, source: string) => slots.find((slot) => slot.participant === id && slot.source === source),
  },
  subscribe: () => undefined,
  sendChat: (text: string) => (
    emit("chat", { type: "chat", id: text, from: "p0", text, at: new Date().toISOString() }),
    true
  ),
  react: (reaction: string) => emit("reaction", { participant: "p0", reaction }),
  raiseHand: () => true,
  muteMicrophone: async () => ((microphone.muted = true), emit("local", { source: "microphone" })),
  unmuteMicrophone: async () => ((microphone.muted = false), emit("local", { source: "microphone" })),
};

const view = new MeetingView(meeting as unknown as Meeting, () => undefined);
document.getElementById("app")!.append(view.root);
for (const name of ["chat", "people"] as const) {
  if (query.get("panel") === name) {
    view.root.querySelector<HTMLElement>(`[data-testid=${name}-button]`)!.click();
  }
}
if (query.has("lost")) {
  emit("connection", { state: "reconnecting", attempt: 1, retryInMs: 0 });
}
if (query.has("notice")) {
  emit("error", { code: "x", message: "Ben Okafor turned your microphone off" });
}
