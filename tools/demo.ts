/**
 * `npm start`: the main job, to be seen at once. Three real web servers on loopback addresses, a controller with its
 * embedded DNS server, API and page. It tells what to try, brings a killed web server back on a key, and takes all of
 * it down on Ctrl-C.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findTaken, type WantedPort } from "./demo/ports.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const dnsAddresses = ["127.0.0.1", "127.1.0.1"];
const webAddresses = ["127.0.0.11", "127.0.0.12", "127.0.0.13"];
const readyMsMax = 30_000;
const readyPollMs = 100;

interface Ports {
  readonly dns: number;
  readonly api: number;
  readonly web: number;
}

interface Options {
  readonly ports: Ports;
  /** Where the configuration and the database lie. */
  readonly folder: string;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      "dns-port": { type: "string", default: "5300" },
      "api-port": { type: "string", default: "8053" },
      "web-port": { type: "string", default: "8081" },
      folder: { type: "string", default: `${root}.muster` },
    },
  });
  const ports = { dns: Number(values["dns-port"]), api: Number(values["api-port"]), web: Number(values["web-port"]) };
  return { ports, folder: values.folder };
}

function wantedPorts(ports: Ports): readonly WantedPort[] {
  const web = webAddresses.map(
    (address) => ({ protocol: "tcp", address, port: ports.web, option: "--web-port" }) as const,
  );
  const dns = dnsAddresses.flatMap((address) =>
    (["udp", "tcp"] as const).map((protocol) => ({ protocol, address, port: ports.dns, option: "--dns-port" })),
  );
  return [...dns, { protocol: "tcp", address: "127.0.0.1", port: ports.api, option: "--api-port" }, ...web];
}

/** The example with the ports that were asked for. It lies elsewhere, so the paths in it are made absolute. */
function writeConfig({ folder, ports }: Options): string {
  const example = readFileSync(`${root}examples/demo.yaml`, "utf8");
  const text = example
    .replaceAll("8081", String(ports.web))
    .replaceAll(":5300", `:${ports.dns}`)
    .replaceAll("127.0.0.1:8053", `127.0.0.1:${ports.api}`)
    .replace("demo-static.zone", `${root}examples/demo-static.zone`)
    .replace("../.muster/", `${folder}/`);
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/demo.yaml`;
  writeFileSync(file, text);
  return file;
}

/** Builds the page when there is none, or when the checkout is newer. */
async function buildPage(): Promise<void> {
  const built = `${root}dist/web/index.html`;
  if (existsSync(built) && statSync(built).mtimeMs > statSync(`${root}package-lock.json`).mtimeMs) return;
  process.stdout.write("muster: building the live page (once)\n");
  const { build } = await import("vite");
  await build({ configFile: `${root}web/vite.config.ts`, logLevel: "error" });
}

interface Demo {
  readonly ports: Ports;
  readonly webServers: (ChildProcess | null)[];
  stopping: boolean;
}

/** In a process group of its own, so that Ctrl-C reaches the demo alone, which ends the rest in order. */
function startWebServer(demo: Demo, index: number): void {
  const address = webAddresses[index] ?? "";
  const child = spawn(process.execPath, [`${root}tools/demo/web-server.ts`, address, String(demo.ports.web)], {
    stdio: ["pipe", "ignore", "inherit"],
    detached: true,
  });
  demo.webServers[index] = child;
  child.on("exit", () => {
    demo.webServers[index] = null;
    if (demo.stopping) return;
    process.stdout.write(`\n  web server ${address} has ended. Bring it back: ${reviveHint(demo, index)}\n\n`);
  });
}

function reviveHint(demo: Demo, index: number): string {
  const command = `npm run -s demo-web -- ${webAddresses[index]} ${demo.ports.web} &`;
  return process.stdin.isTTY ? `press ${index + 1} here, or run: ${command}` : command;
}

/** On a terminal the keys 1 to 3 end a web server, or bring it back. */
function listenForKeys(demo: Demo, stop: () => void): void {
  if (!process.stdin.isTTY) return;
  process.stdin.setRawMode(true);
  process.stdin.on("data", (bytes) => {
    const key = bytes.toString();
    if (key === "\u0003" || key === "q") return stop();
    const index = Number(key) - 1;
    if (!(index in webAddresses)) return;
    const child = demo.webServers[index];
    if (child === null || child === undefined) startWebServer(demo, index);
    else child.kill("SIGKILL");
  });
}

async function waitUntilReady(api: number, controller: ChildProcess): Promise<boolean> {
  const end = Date.now() + readyMsMax;
  while (Date.now() < end && controller.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${api}/healthz`).catch(() => null);
    if (answer?.ok === true) return true;
    await delay(readyPollMs);
  }
  return false;
}

function printWhatToTry(demo: Demo): void {
  const { api, dns } = demo.ports;
  const second = demo.webServers[1]?.pid ?? 0;
  const cli = api === 8053 ? "npm run -s muster --" : `MUSTER_API=http://127.0.0.1:${api} npm run -s muster --`;
  const kill = process.stdin.isTTY ? `press 2 here, or run: kill -9 ${second}` : `kill -9 ${second}`;
  process.stdout.write(`
  muster is ready. Look:  http://127.0.0.1:${api}/

  In another terminal:
    ask                    dig @127.0.0.1 -p ${dns} www.demo.example +noall +answer
    end a web server       ${kill}
    ask again              its address has left the answer
    freeze, and thaw one   kill -STOP ${demo.webServers[2]?.pid ?? 0}    kill -CONT ${demo.webServers[2]?.pid ?? 0}
    why this answer        ${cli} explain www.demo.example
    who is in              ${cli} status
    does each have it      ${cli} audit demo.example
    take one out           ${cli} drain 127.0.0.13 --reason "trying muster" --for 10m
    a static zone          dig @127.0.0.1 -p ${dns} static.example any

  Ctrl-C stops everything.

`);
}

async function main(): Promise<number> {
  const options = readOptions();
  const { ports } = options;
  const taken = await findTaken(wantedPorts(ports));
  if (taken.length > 0) {
    process.stderr.write(`${taken.map((sentence) => `muster: ${sentence}`).join("\n")}\n`);
    return 1;
  }
  await buildPage();
  const demo: Demo = { ports, webServers: [null, null, null], stopping: false };
  for (const index of webAddresses.keys()) startWebServer(demo, index);
  const controller = spawn(process.execPath, [`${root}src/main.ts`, "serve", writeConfig(options)], {
    stdio: ["ignore", "inherit", "inherit"],
    detached: true,
    env: { ...process.env, MUSTER_LOG: process.env["MUSTER_LOG"] ?? "text" },
  });
  const stop = (): void => {
    demo.stopping = true;
    controller.kill("SIGTERM");
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  listenForKeys(demo, stop);
  const ended = once(controller, "exit");
  if (await waitUntilReady(ports.api, controller)) printWhatToTry(demo);
  const [code] = await ended;
  demo.stopping = true;
  for (const child of demo.webServers) child?.kill("SIGKILL");
  process.stdin.pause();
  return Number(code ?? 1);
}

process.exitCode = await main();
