import { readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** The running processes, as infra/local/up last wrote them down: a child that died has another pid afterwards. */
export function processes() {
  const state = process.env.EVENTMEET_STATE;
  if (!state) {
    throw new Error("Set EVENTMEET_STATE: infra/local/up writes it to eventmeet.env in its state folder.");
  }
  const lines = readFileSync(path.join(state, "eventmeet.env"), "utf8").trim().split("\n");
  const facts = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  return {
    handler: Number(readFileSync(facts.EVENTMEET_HANDLER_PID_FILE, "utf8")),
    broker: Number(facts.EVENTMEET_BROKER_PID),
    functionsHost: Number(facts.EVENTMEET_FUNCTIONS_HOST_PID),
    azurite: Number(facts.EVENTMEET_AZURITE_PID),
    sfu: Number(facts.EVENTMEET_SFU_PID),
    recorders: facts.EVENTMEET_RECORDER_PIDS.split(",").filter(Boolean).map(Number),
  };
}

export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resident memory in bytes. */
export function memoryOf(pid) {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(kibibytes) * 1024;
}

/** What is promised of a quiet machine, stretched by how busy this one is. */
export function stretched(milliseconds) {
  const busy = os.loadavg()[0] / os.availableParallelism();
  return milliseconds * Math.min(Math.max(busy, 1), 8);
}

/** A line that the run script repeats at the end of the suite. */
export function figure(t, text) {
  t.diagnostic(`figure: ${text}`);
}
