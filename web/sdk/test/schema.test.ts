import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { maxMessageBytes, readServerMessage, type ClientMessage, type ServerMessage } from "../src/messages.js";

const schema = JSON.parse(readFileSync(new URL("../../in-call.schema.json", import.meta.url), "utf8"));
const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
ajv.addSchema(schema, "in-call");
const isServerMessage = ajv.getSchema("in-call#/$defs/ServerMessage")!;
const isClientMessage = ajv.getSchema("in-call#/$defs/ClientMessage")!;

const track = { id: "t", kind: "audio", source: "microphone", muted: false } as const;
const at = "2026-01-01T12:00:00.123Z";
const person = { id: "p", identity: "i", name: "n", metadata: "m", joinedAt: at, handRaised: true, tracks: [track] };
const slot = { mid: "4", participant: "p", track: "t", source: "camera" } as const;

/* One of each, with every member: the compiler holds them to the types, the schema to itself. */
const fromServer: { [Type in ServerMessage["type"]]: Required<Extract<ServerMessage, { type: Type }>> } = {
  welcome: {
    type: "welcome",
    self: { session: "s", participant: "p" },
    grants: {
      canPublish: true,
      canSubscribe: true,
      canPublishData: true,
      roomAdmin: false,
      hidden: false,
      canUpdateOwnMetadata: true,
      canPublishSources: ["camera"],
    },
    room: { id: "r", name: "n", metadata: "m" },
    participants: [person],
    slots: [slot, { mid: "5" }],
    recording: { active: true, paused: false, recordings: [{ id: "rec_1", paused: false, startedBy: "Ada" }] },
  },
  joined: { type: "joined", participant: person },
  left: { type: "left", participant: "p", reason: "lost" },
  updated: { type: "updated", participant: person },
  tracks: { type: "tracks", participant: "p", tracks: [track] },
  slots: { type: "slots", slots: [slot] },
  speakers: { type: "speakers", speakers: [{ participant: "p", level: 0.5 }], dominant: null },
  chat: { type: "chat", id: "c", from: "p", to: "q", text: "hello", at },
  hand: { type: "hand", participant: "p", raised: true },
  reaction: { type: "reaction", participant: "p", reaction: "👏" },
  muted: { type: "muted", track: "t", by: "p" },
  removed: { type: "removed", reason: "removed" },
  recording: { type: "recording", active: true, paused: true, recordings: [{ id: "rec_1", paused: true }] },
  move: { type: "move", reason: "drain" },
  quality: { type: "quality", participants: [{ participant: "p", score: 5 }] },
  pong: { type: "pong", id: 1, at },
  error: { type: "error", code: "malformed", message: "m", re: "chat" },
};

const fromClient: { [Type in ClientMessage["type"]]: Required<Extract<ClientMessage, { type: Type }>> } = {
  subscribe: {
    type: "subscribe",
    mid: "4",
    auto: false,
    participant: "p",
    source: "camera",
    height: 720,
    frameRate: 30,
  },
  mute: { type: "mute", track: "t", source: "microphone", muted: true },
  chat: { type: "chat", text: "hello", to: "p" },
  hand: { type: "hand", raised: false },
  reaction: { type: "reaction", reaction: "👏" },
  moderate: { type: "moderate", action: "mute", participant: "p", track: "t" },
  metadata: { type: "metadata", name: "n", metadata: "m" },
  stats: {
    type: "stats",
    roundTripMs: 1,
    availableOutgoingBitsPerSecond: 1,
    path: "host/udp",
    streams: [
      {
        mid: "4",
        direction: "receive",
        kind: "video",
        bitsPerSecond: 1,
        packets: 1,
        lost: -1,
        jitterMs: 1,
        framesPerSecond: 1,
        frameHeight: 1,
        freezes: 1,
        freezeMs: 1,
        concealedMs: 1,
      },
    ],
  },
  ping: { type: "ping", id: 0 },
};

/** The names of the members that the schema gives the messages of one direction, by type. */
function membersIn(direction: "ServerMessage" | "ClientMessage"): Record<string, string[]> {
  const messages = schema.$defs[direction].oneOf.map(
    ({ $ref }: { $ref: string }) => schema.$defs[$ref.split("/").pop()!],
  );
  return Object.fromEntries(
    messages.map((message: { properties: { type: { const: string } } }) => [
      message.properties.type.const,
      Object.keys(message.properties).sort(),
    ]),
  );
}

function membersOf(messages: Record<string, object>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(messages).map(([type, message]) => [type, Object.keys(message).sort()]));
}

describe("the types and the schema", () => {
  it("have the same server messages with the same members", () => {
    expect(membersOf(fromServer)).toEqual(membersIn("ServerMessage"));
  });

  it("have the same client messages with the same members", () => {
    expect(membersOf(fromClient)).toEqual(membersIn("ClientMessage"));
  });

  it.each(Object.keys(fromServer))("agree on %s from the server", (type) => {
    const message = fromServer[type as keyof typeof fromServer];
    expect(isServerMessage(message), JSON.stringify(isServerMessage.errors)).toBe(true);
    expect(readServerMessage(JSON.stringify(message))).toEqual(message);
  });

  it.each(Object.keys(fromClient))("agree on %s from the client", (type) => {
    const { ...message } = fromClient[type as keyof typeof fromClient];
    if (type === "mute") {
      delete (message as { track?: string }).track;
    }
    expect(isClientMessage(message), JSON.stringify(isClientMessage.errors)).toBe(true);
  });

  it("require of a server message what the reader requires", () => {
    for (const message of Object.values(fromServer)) {
      for (const member of Object.keys(message)) {
        const { [member]: _without, ...rest } = message as Record<string, unknown>;
        if (isServerMessage(rest)) {
          expect(readServerMessage(JSON.stringify(rest)), `${message.type} without ${member}`).toEqual(rest);
        }
      }
    }
  });

  it("hold a mute to one way of naming the track", () => {
    expect(isClientMessage({ type: "mute", muted: true })).toBe(false);
    expect(isClientMessage(fromClient.mute)).toBe(false);
  });

  it("leave room for the longest chat message", () => {
    const longest = JSON.stringify({ ...fromServer.chat, text: "€".repeat(4000) });
    expect(new TextEncoder().encode(longest).length).toBeLessThan(maxMessageBytes);
  });
});
