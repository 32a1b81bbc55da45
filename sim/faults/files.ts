/** What happens to zone files that muster writes: disks, checks, reload commands, a crash in between, and other hands. */
import { findSoaSerial } from "../../src/dns/zone-file/block.ts";
import { anyPool, type Fault, type Life, pick } from "../life.ts";
import { type FileMood, type OtherFile, type ReloadMood, withoutBlock } from "../other-file.ts";
import { startAgain, update } from "./muster.ts";

const moods: readonly FileMood[] = ["works", "works", "full", "refuses", "slow", "slow"];
const reloadMoods: readonly ReloadMood[] = ["works", "works", "fails", "hangs"];

const burstChanges = 25;
const burstMs = 1500;

function onFile(act: (file: OtherFile, life: Life) => string): Fault {
  return (life) => {
    const { files } = life.host;
    if (files.length === 0) return;
    const file = pick(life.prng, files);
    life.note(`file ${file.config.path} ${act(file, life)}`);
  };
}

const mood = onFile((file, { prng }) => {
  file.mood = pick(prng, moods);
  return `is on a disk that ${file.mood}`;
});

const reload = onFile((file, { prng }) => {
  file.reloadMood = pick(prng, reloadMoods);
  return `has a command that ${file.reloadMood}`;
});

const crash = onFile((file, life) => {
  file.atReload = () => {
    life.note("kill -9 between write and reload, and start again");
    life.host.kill();
    life.world.agenda.after(life.prng.int(3000), () => startAgain(life));
  };
  return "sees muster die before its next reload";
});

/** Many changes, one after the other. */
const burst = onFile((_file, life) => {
  for (let i = 0; i < burstChanges; i++) life.world.agenda.after(life.prng.int(burstMs), () => update(life));
  return "gets a burst of changes";
});

/** What a hand makes of a text; null: it takes the file away. */
type Edit = (text: string, life: Life) => string | null;

const foreign = "foreign.example.org.\t60\tIN\tA\t203.0.113.88\n";

const wholeEdits: readonly Edit[] = [
  () => null,
  (text) => text.slice(0, text.length / 2),
  (text) => `${text}${foreign}`,
  (text, { prng }) => countUp(`${text}${foreign}`, prng.int(4000) - 2000),
];

/** People add a line, and count up as they should. */
const addLine: Edit = (text, { prng }) => countUp(text.replace("@ NS", `hand${prng.int(1000)} A 192.0.2.251\n@ NS`), 1);

const blockEdits: readonly Edit[] = [
  addLine,
  addLine,
  addLine,
  (text) => withoutBlock(text),
  (text) => text.replace(/(\tA\t)\d+\.\d+\.\d+\.\d+/, "$1203.0.113.88"),
  (text) => text.replace("; muster ends", lostMark),
  (text, life) => `${text}${anyPool(life).name}. A 192.0.2.252 ; clash\n`,
];

const lostMark = "; somebody was here";

/** A broken file is mended after a while. */
function mend(text: string): string {
  return text.replaceAll(lostMark, "; muster ends").replace(/^.*; clash\n/gm, "");
}

const hand = onFile((file, life) => {
  change(file, life, pick(life.prng, file.config.block ? blockEdits : wholeEdits));
  life.world.agenda.after(life.prng.int(15_000), () => change(file, life, mend));
  return "is edited by somebody";
});

function change(file: OtherFile, life: Life, edit: Edit): void {
  const { promises, world } = life;
  const text = edit(file.text ?? "", life);
  if (text === file.text) return;
  file.put(text, world.now().wall);
  promises.outlets.files.onTouched(file, world.agenda.now);
}

function countUp(text: string, by: number): string {
  const at = findSoaSerial(text);
  return at === null ? text : text.slice(0, at.start) + String((at.serial + by) >>> 0) + text.slice(at.end);
}

/** Disks have room, commands work, and what was broken by hand is mended. */
export function restoreFiles(life: Life): void {
  for (const file of life.host.files) {
    Object.assign(file, { mood: "works", reloadMood: "works", atReload: null });
    change(file, life, mend);
  }
}

export const fileFaults: readonly Fault[] = [mood, reload, crash, burst, hand, hand];
