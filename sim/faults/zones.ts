/**
 * What happens to a zone that is a guest in the configuration: it leaves and comes back by reloads, in a hurry, with a crash
 * in between, or while muster is stopped; and people edit its file, well or badly, count its serial as they like, and let
 * muster read it.
 */
import { type Fault, type Life, pick } from "../life.ts";
import { isGuestIn, withoutGuest } from "../plan.ts";
import type { ZoneFile } from "../zone-file.ts";
import { crash, reloadTo, update } from "./muster.ts";

const hurryMs = 30;
const awayMsMax = 8000;
const busyUpdates = 10;

/** The guest leaves, or comes back. */
const turn: Fault = (life) => {
  const isHere = isGuestIn(life.host.config);
  reloadTo(life, isHere ? withoutGuest(life.full) : life.full, isHere ? "a zone leaves" : "a zone comes back");
};

/** There and back. */
const visit: Fault = (life) => {
  turn(life);
  life.world.agenda.after(life.prng.int(awayMsMax), () => turn(life));
};

/** Again and again, while what came of the last reload is still under way. */
const hurry: Fault = (life) => {
  for (let i = 0; i < 4; i++) life.world.agenda.after(life.prng.int(hurryMs), () => turn(life));
};

/** muster dies soon after. */
const crashWith: Fault = (life) => {
  if (life.prng.next() < 0.5) update(life);
  turn(life);
  life.world.agenda.after(life.prng.int(hurryMs), () => crash(life));
};

type Edit = (file: ZoneFile, life: Life) => string;

const counted = (file: ZoneFile, serial: number): string => {
  file.edit(serial);
  return `is edited, under serial ${file.serial}`;
};

const spoiled: Edit = (file) => {
  file.edit(file.serial + 1, true);
  return "is edited, and does not parse";
};

const edits: readonly Edit[] = [
  (file) => counted(file, file.serial + 1),
  (file) => counted(file, file.serial + 1),
  (file) => counted(file, file.serial),
  (file, { prng }) => counted(file, file.serial - 1 - prng.int(1000)),
  (file, { prng }) => counted(file, file.serial + prng.int(1000)),
  // Near the end of the numbers, and over it.
  (file, { prng }) => counted(file, (prng.next() < 0.5 ? 2 ** 32 : 0) - 3 + prng.int(6)),
  spoiled,
  spoiled,
  () => "is as it was",
];

const edit: Fault = (life) => {
  const file = life.host.zoneFiles.values().next().value;
  if (file === undefined) return;
  life.note(`zone file ${file.path} ${pick(life.prng, edits)(file, life)}`);
  if (life.prng.next() < 0.8) readAgain(life);
};

/** Clients write all the while. */
export const busyEdit: Fault = (life) => {
  edit(life);
  for (let i = 0; i < busyUpdates; i++) life.world.agenda.after(life.prng.int(hurryMs), () => update(life));
};

function readAgain(life: Life): void {
  if (life.host.controller !== null) reloadTo(life, life.host.config, "reload");
}

/** The guest is there, and its file as it should be. */
export function restoreZones(life: Life): void {
  const { full, host } = life;
  for (const file of host.zoneFiles.values()) if (file.isBroken) file.edit(file.serial + 1);
  if (isGuestIn(full)) reloadTo(life, isGuestIn(host.config) ? host.config : full, "reload");
}

export const zoneFaults: readonly Fault[] = [turn, visit, hurry, crashWith, busyEdit, edit, edit, edit];
