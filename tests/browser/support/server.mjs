// The real server: the binary with the client in it, in a folder of its own, on ports that the system chooses.
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { limited } from "./wait.mjs";

const BINARY = resolve(process.env["KOINE_BINARY"] ?? join(import.meta.dirname, "../../../target/debug/koine"));
/** How often a port is tried again that is somebody's. */
const TRIES = 20;
/** Dialects with a port of their own. */
const DIALECTS = ["minioicq", "mode-token", "ourchat", "technotrack", "type-payload"];

/** @typedef {{ kill: () => Promise<void>, again: () => Promise<void>, stop: () => Promise<void>, origin: string, address: (name: string) => { host: string, port: number }, command: (...words: string[]) => Promise<string> }} Server */

/** Starts a server with nothing in it. @param {Record<string, string>} [settings] by their names in the environment @returns {Promise<Server>} */
export async function startServer(settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), "koine-browser-"));
  const wanted = new Map(["http", ...DIALECTS].map((name) => [name, "127.0.0.1:0"]));
  let running = await launch(folder, wanted, settings).catch((cause) => {
    rmSync(folder, { recursive: true, force: true });
    throw cause;
  });
  let where = running.where;
  const of = (name) => where.get(name) ?? fail(`nobody listens for ${name}`);
  return {
    origin: `http://${of("http")}`,
    address: (name) => {
      const [host, port] = of(name).split(":");
      return { host, port: Number(port) };
    },
    /** What an operator's command beside the server prints. */
    command: async (...words) => {
      const { stdout } = await promisify(execFile)(BINARY, [...words, "--data", join(folder, "data")], { cwd: folder, env: settings });
      return stdout;
    },
    /** Dead at once, whatever it was doing. */
    kill: async () => {
      running.child.kill("SIGKILL");
      await limited("the end of the killed server", running.ended);
    },
    /** Once more on the same data. Pages find it at the same address; the other ports are new ones. */
    again: async () => {
      const again = new Map([...wanted, ["http", of("http")]]);
      for (let left = TRIES; ; left--) {
        try {
          running = await launch(folder, again, settings);
          break;
        } catch (cause) {
          // While nobody listened there, the system may have given the port to a connection that somebody opened.
          if (left === 0 || !String(cause).includes("Address already in use")) throw cause;
          await new Promise((later) => setTimeout(later, 500));
        }
      }
      where = running.where;
    },
    stop: async () => {
      running.child.kill("SIGTERM");
      try {
        const code = await limited("the end of the server", running.ended);
        // Whoever was killed on purpose has no better end.
        if (code !== 0 && code !== "SIGKILL") fail(`the server ended with ${code}; it said:\n${running.said()}`);
        if (running.said().includes("panicked")) fail(`it panicked:\n${running.said()}`);
      } finally {
        running.child.kill("SIGKILL");
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

async function launch(folder, wanted, settings) {
  const listen = DIALECTS.flatMap((name) => ["--listen", `${name}=${wanted.get(name)}`]);
  const child = spawn(BINARY, ["serve", "--data", join(folder, "data"), "--http", wanted.get("http"), ...listen], {
    cwd: folder,
    // Argon2 at its least: what it costs is not what these tests are about.
    env: {
      KOINE_PASSWORDS__MEMORY_KIB: "8",
      KOINE_PASSWORDS__ITERATIONS: "1",
      // All browsers are at one address, and people of scenes are quicker than any.
      KOINE_LIMITS__REGISTRATIONS_PER_ADDRESS: "0",
      KOINE_LIMITS__POSTS_PER_SECOND: "0",
      KOINE_LIMITS__REQUESTS_PER_SECOND: "0",
      // It has one port for all servers of a machine.
      KOINE_METRICS__LISTEN: "[]",
      ...settings,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (piece) => (log = (log + piece).slice(-100_000)));
  const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve(code ?? signal)));
  process.once("exit", () => child.kill("SIGKILL"));
  const where = new Map();
  const ready = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      const found = /^\s+(\S+)\s+(\S+:\d+)$/.exec(line);
      if (found) where.set(found[1], found[2]);
      if (where.size === wanted.size) return;
    }
    throw new Error(`the server did not start; it said:\n${log}`);
  })();
  const broken = new Promise((_, reject) => child.on("error", (cause) => reject(new Error(`${BINARY} does not run`, { cause }))));
  await limited("the server's addresses", Promise.race([ready, broken])).catch((cause) => {
    child.kill("SIGKILL");
    throw cause;
  });
  return { child, where, ended, said: () => log };
}

function fail(why) {
  throw new Error(why);
}
