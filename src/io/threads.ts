/**
 * Starts threads. The flag that `main.ts` sets keeps every young generation as small as it begins, which suits a thread
 * that mostly waits; one with much to do would collect garbage a thousand times a second, so it may begin with more.
 */
import { setFlagsFromString } from "node:v8";
import { Worker, type WorkerOptions } from "node:worker_threads";

/** Half of a young generation in MiB: the least that V8 has. */
const semiSpaceMibMin = 1;

/** Of the threads that are being started: V8 reads the flag when a thread makes its heap. */
const starting: number[] = [];

function setFlag(): void {
  setFlagsFromString(`--min-semi-space-size=${Math.max(semiSpaceMibMin, ...starting)}`);
}

export interface ThreadOptions extends WorkerOptions {
  readonly name: string;
  /** Half of its young generation in MiB. Absent: the least. */
  readonly semiSpaceMib?: number;
}

/** `file`: without its ending, from this folder; TypeScript as it is, or what it was compiled to. */
export function startThread(file: string, { semiSpaceMib = semiSpaceMibMin, ...options }: ThreadOptions): Worker {
  starting.push(semiSpaceMib);
  setFlag();
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(new URL(`./${file}.${ending}`, import.meta.url), options);
  const started = (): void => {
    worker.off("online", started).off("exit", started);
    starting.splice(starting.indexOf(semiSpaceMib), 1);
    setFlag();
  };
  worker.once("online", started).once("exit", started);
  return worker;
}
