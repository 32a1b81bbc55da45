#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";

/**
 * The door. It looks at the Node version before anything else is loaded, so that an old one gets one clear line and
 * not a syntax error from deep inside.
 */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(`muster needs Node 24.15 or newer; this is ${process.versions.node}\n`);
  process.exitCode = 1;
} else {
  // Probes leave much short-lived garbage: a small young generation keeps the program's memory small, and its pauses
  // short. It stays as it is made; `io/threads.ts` says how large those of threads are.
  setFlagsFromString("--semi-space-growth-factor=1");
  const { main } = await import("./program.ts");
  process.exitCode = await main(process.argv.slice(2));
}
