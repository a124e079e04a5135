// Starts Azurite and the functions executable on free ports, and speaks to them.
import { spawn, execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";

const executable = join(process.env.EVENTMEET_ROOT, "artifacts/bin/EventMeet.Functions/debug/EventMeet.Functions");
const hostExecutable = join(process.env.EVENTMEET_ROOT, "artifacts/bin/EventMeet.FunctionsHost/debug/EventMeet.FunctionsHost");
const brokerExecutable = join(process.env.EVENTMEET_ROOT, "artifacts/bin/EventMeet.Broker/debug/EventMeet.Broker");
const azurite = new URL("node_modules/azurite/dist/src/azurite.js", import.meta.url).pathname;
const accountKey = randomBytes(64).toString("base64");

export async function startApp() {
  const state = await mkdtemp(join(tmpdir(), "eventmeet-functions-"));
  const [port, blob, queue, table, bus] = await Promise.all([1, 2, 3, 4, 5].map(freePort));
  await writeFile(join(state, "master.key"), randomBytes(32).toString("base64"));
  const app = {
    state,
    url: `http://127.0.0.1:${port}`,
    environment: {
      ...process.env,
      AZURITE_ACCOUNTS: `eventmeet:${accountKey}`,
      FUNCTIONS_CUSTOMHANDLER_PORT: String(port),
      Storage__ConnectionString: `DefaultEndpointsProtocol=http;AccountName=eventmeet;AccountKey=${accountKey};TableEndpoint=http://127.0.0.1:${table}/eventmeet;`,
      Keys__MasterKeyFile: join(state, "master.key"),
      // Nobody listens there: whatever is tested here works without the bus.
      Bus: `Endpoint=sb://127.0.0.1:${bus};SharedAccessKeyName=k;SharedAccessKey=k;UseDevelopmentEmulator=true`,
    },
    ports: { blob, queue, table, bus },
  };
  await startStorage(app);
  return app;
}

export async function startStorage(app) {
  const { blob, queue, table } = app.ports;
  const hosts = ["blob", "queue", "table"].flatMap((name) => [`--${name}Host`, "127.0.0.1"]);
  const ports = ["--blobPort", blob, "--queuePort", queue, "--tablePort", table].map(String);
  const flags = ["--silent", "--disableTelemetry", "--skipApiVersionCheck", "--location", app.state];
  app.storage = spawn("node", [azurite, ...flags, ...hosts, ...ports], { stdio: "ignore", env: app.environment });
  await listening(table);
}

export async function stopStorage(app) {
  app.storage.kill("SIGTERM");
  await once(app.storage, "exit");
}

/** Starts the executable; resolves with the milliseconds to its first answer. */
export async function startFunctions(app) {
  const began = performance.now();
  app.functions = spawn(executable, [], { env: app.environment, stdio: ["ignore", "ignore", "inherit"] });
  for (;;) {
    try {
      await fetch(app.url);
      return performance.now() - began;
    } catch {
      await wait(5);
    }
    if (app.functions.exitCode !== null) throw new Error(`the functions app exited with ${app.functions.exitCode}`);
  }
}

/** Starts a broker, and makes the app know it. */
export async function startBroker(app) {
  const key = randomBytes(32).toString("base64");
  await writeFile(join(app.state, "bus.key"), key);
  app.environment.Bus = `Endpoint=sb://127.0.0.1:${app.ports.bus};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=${key};UseDevelopmentEmulator=true`;
  const flags = ["--port", String(app.ports.bus), "--data", join(app.state, "bus"), "--key-file", join(app.state, "bus.key")];
  app.broker = spawn(brokerExecutable, flags, { stdio: ["ignore", "ignore", "inherit"] });
  await listening(app.ports.bus);
}

/** Starts the executable under the local functions host, which hands it timers and messages. */
export async function startHost(app) {
  const folder = join(app.state, "app");
  await mkdir(folder);
  for (const name of await readdir(dirname(executable))) await symlink(join(dirname(executable), name), join(folder, name));
  await promisify(execFile)(executable, ["--write-functions", folder], { env: app.environment });
  await copyFile(join(process.env.EVENTMEET_ROOT, "host.json"), join(folder, "host.json"));
  const port = await freePort();
  app.url = `http://127.0.0.1:${port}`;
  const settings = { Host__App: folder, Host__Port: String(port), Webhooks__AllowLoopback: "true" };
  app.functions = spawn(hostExecutable, [], {
    env: { ...app.environment, ...settings },
    stdio: ["ignore", process.env.EVENTMEET_VERBOSE ? "inherit" : "ignore", "inherit"],
  });
  await listening(port);
}

export async function stopApp(app) {
  for (const child of [app.functions, app.broker, app.storage]) {
    if (child && child.exitCode === null) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  }
  await rm(app.state, { recursive: true, force: true });
}

/** Runs the executable's own command. */
export async function command(app, ...args) {
  const { stdout } = await promisify(execFile)(executable, args, { env: app.environment });
  return stdout.trim();
}

/** A client with a bearer. */
export function client(app, bearer) {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(app.url + path, {
      method,
      headers: {
        Authorization: `Bearer ${bearer}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const type = response.headers.get("content-type") ?? "";
    return { status: response.status, headers: response.headers, body: type.includes("json") ? JSON.parse(text) : text };
  };
}

async function listening(port) {
  for (let tries = 0; tries < 600; tries++) {
    const socket = connect(port, "127.0.0.1");
    const open = await Promise.race([once(socket, "connect").then(() => true), once(socket, "error").then(() => false)]).catch(() => false);
    socket.destroy();
    if (open) return;
    await wait(50);
  }
  throw new Error(`nobody listens on port ${port}`);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
