/**
 * The picture that `muster status` draws: one block a pool, one row a member, with health, since when, and why.
 * Durations count from the controller's own clock, so a clock that is off on this machine misleads nobody.
 */
import { stripVTControlCharacters } from "node:util";
import { counted } from "../base/listed.ts";
import type { MemberReply, PoolContract, StatusReply } from "../api/contract.ts";
import { drawAgents } from "./agents-picture.ts";
import { formatDuration } from "./duration.ts";
import { drawGuard } from "./guard-picture.ts";
import { drawPublishing, isPublished } from "./publishing-picture.ts";
import { type Cell, clean, type Colour, type Column, layoutTable, type Paint, wrap } from "./text.ts";

export interface PictureStyle {
  readonly paint: Paint;
  /** Columns of the terminal; infinite when the output is no terminal. */
  readonly width: number;
}

/** Zones without trouble are named only when there are at most so many. */
const zonesShownMax = 8;

/** Maintenance that is further off is shown by `muster maintenance`. */
const maintenanceShownMs = 86_400_000;

export function drawStatus(status: StatusReply, style: PictureStyle): readonly string[] {
  return [
    ...drawHead(status, style),
    ...drawDiagnoses(status, style),
    ...drawPublishing(status, style),
    ...drawAgents(status, style),
    ...status.pools.flatMap((pool) => ["", ...drawPool(pool, status.at, style)]),
  ];
}

/** True: every name answers as configured and everywhere, and every target was judged. */
export function isHealthy(status: StatusReply): boolean {
  const poolsGood = status.pools.every(({ answer }) => !answer.lastResort && answer.addresses.length > 0);
  const isSound = status.ready && status.unsaved === undefined;
  return isSound && poolsGood && status.zones.every((zone) => zone.trouble === null) && isPublished(status);
}

function drawHead(status: StatusReply, { paint, width }: PictureStyle): readonly string[] {
  const members = status.pools.flatMap((pool) => pool.members);
  const unfit = members.filter((member) => member.health !== "up" || member.override !== null).length;
  const parts = [
    paint("bold", `muster ${clean(status.version)}`),
    status.ready
      ? paint("green", "ready")
      : paint("yellow", "not ready: members are judged, and zones read, for the first time"),
    `up ${formatDuration(status.at - status.startedAt)}`,
    counted(status.zones.length, "zone"),
    counted(status.pools.length, "pool"),
    counted(members.length, "member"),
    ...(unfit === 0 ? [] : [paint("yellow", `${unfit} not fit`)]),
  ];
  const shown = status.zones.filter((zone) => zone.trouble !== null || status.zones.length <= zonesShownMax);
  const zones = shown.flatMap(({ origin, serial, trouble }) => {
    const line = `zone ${clean(origin)}, serial ${serial}`;
    if (trouble === null) return [paint("dim", line)];
    return wrap(`${line}: ${clean(trouble)}`, width).map((part) => paint("red", part));
  });
  const maintenance = status.maintenance.flatMap(({ from, name, reason, running, to }) => {
    if (!running && from - status.at > maintenanceShownMs) return [];
    const when = running
      ? `runs for another ${formatDuration(to - status.at)}`
      : `begins in ${formatDuration(from - status.at)}`;
    return wrap(`maintenance ${clean(name)} ${when}: ${clean(reason)}`, width).map((line) => paint("magenta", line));
  });
  return [
    ...wrapPainted(parts, width),
    ...drawUnsaved(status, { paint, width }),
    ...drawGuard(status, paint),
    ...maintenance,
    ...zones,
  ];
}

function drawUnsaved({ unsaved }: StatusReply, { paint, width }: PictureStyle): readonly string[] {
  if (unsaved === undefined) return [];
  const told = `decisions are not saved, and a restart would forget them: ${clean(unsaved)}`;
  return wrap(told, width).map((line) => paint("red", line));
}

/** What several members suffer from together. */
function drawDiagnoses({ at, diagnoses = [] }: StatusReply, { paint, width }: PictureStyle): readonly string[] {
  return diagnoses.flatMap(({ members, sentence, since }) => {
    const many = members === 0 ? "" : `, ${counted(members, "check")} failing`;
    const told = `${clean(sentence)}, for ${formatDuration(at - since)}${many}`;
    return wrap(told, width).map((line) => paint("red", line));
  });
}

/** Joins with commas, breaking lines between parts; colours take no room on the screen. */
function wrapPainted(parts: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const longer = `${last}, ${part}`;
    if (last !== undefined && stripVTControlCharacters(longer).length <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

function drawPool(pool: PoolContract, at: number, style: PictureStyle): readonly string[] {
  const { paint, width } = style;
  const { answer } = pool;
  const title = `${paint("bold", clean(pool.name))}  ${paint("dim", `${pool.policy}, TTL ${answer.ttlSeconds}s`)}`;
  const told = `${answerText(pool)} for ${formatDuration(at - answer.since)}: ${clean(answer.reason)}${failbackText(pool, at)}`;
  const pinned = pool.pin === null ? [] : wrap(`PINNED to ${clean(pinText(pool.pin, at))}`, width - 2);
  const colour = answer.lastResort || answer.addresses.length === 0 ? "red" : undefined;
  const story = wrap(told, width - 2).map((line) => `  ${colour === undefined ? line : paint(colour, line)}`);
  const table = layoutTable(
    memberColumns(pool),
    pool.members.map((member) => memberCells(pool, member, at)),
    { width: width - 2, paint },
  );
  const pin = pinned.map((line) => `  ${paint("magenta", line)}`);
  return [title, ...pin, ...story, ...drawRehearsal(pool, at, style), ...table.map((line) => `  ${line}`)];
}

function drawRehearsal({ rehearsal }: PoolContract, at: number, { paint, width }: PictureStyle): readonly string[] {
  if (rehearsal === undefined) return [];
  const colour = rehearsal.verdict === "ok" ? "dim" : "red";
  const lines = wrap(`${formatDuration(at - rehearsal.at)} ago: ${clean(rehearsal.sentence)}`, width - 2);
  return lines.map((line) => `  ${paint(colour, line)}`);
}

/** Failover is off, which nobody should overlook. */
function pinText({ address, expiresAt, owner, reason }: NonNullable<PoolContract["pin"]>, at: number): string {
  const until = expiresAt === null ? "until `muster unpin`" : `for another ${formatDuration(expiresAt - at)}`;
  return `${address} by ${owner} ${until}, failover is off: ${reason}`;
}

function answerText({ answer, members, record }: PoolContract): string {
  if (answer.addresses.length === 0) return "answers nothing";
  const shown = answer.addresses.slice(0, 4).map(clean).join(" ");
  const kind = record === "address" ? "" : `${record.toUpperCase()} `;
  const more = answer.addresses.length > 4 ? ` and ${answer.addresses.length - 4} more of ${members.length}` : "";
  return `${answer.lastResort ? "LAST RESORT, " : ""}answers ${kind}${shown}${more}`;
}

function failbackText({ answer }: PoolContract, at: number): string {
  if (answer.failbackAt === undefined) return "";
  if (answer.failbackAt === null) return "; a better priority waits for `muster failback`";
  return `; fails back in ${formatDuration(answer.failbackAt - at)}`;
}

function memberColumns({ policy }: PoolContract): readonly Column[] {
  const share: Record<PoolContract["policy"], readonly Column[]> = {
    "round-robin": [],
    weighted: [{ title: "weight", right: true, spare: 3 }],
    priority: [{ title: "prio", right: true, spare: 5 }],
  };
  return [
    { title: "member" },
    { title: "address", spare: 4 },
    ...share[policy],
    { title: "health" },
    { title: "since", right: true, spare: 2 },
    { title: "answered" },
    { title: "took", right: true, spare: 1 },
    { title: "reason" },
  ];
}

function memberCells({ policy }: PoolContract, member: MemberReply, at: number): readonly Cell[] {
  const share: Record<PoolContract["policy"], readonly Cell[]> = {
    "round-robin": [],
    weighted: [{ text: String(member.weight) }],
    priority: [{ text: String(member.priority) }],
  };
  return [
    { text: clean(member.label) },
    { text: clean(member.address) },
    ...share[policy],
    healthCell(member),
    { text: formatDuration(at - member.since) },
    { text: member.answering ? "yes" : "no", colour: member.answering ? "green" : "dim" },
    { text: member.responseMs === null ? "" : tookText(member.responseMs) },
    { text: reasonText(member, at) },
  ];
}

/** Two digits, or whole milliseconds. */
function tookText(ms: number): string {
  return ms < 10 ? `${ms.toPrecision(2)} ms` : `${Math.round(ms)} ms`;
}

const healthColours: Readonly<Record<MemberReply["health"], Colour>> = {
  up: "green",
  down: "red",
  flapping: "magenta",
  unproven: "yellow",
};

const overrideWords = { drain: "drained", disable: "disabled", maintenance: "in maintenance" } as const;

/** An override is shown beside the health that was observed, never instead of it. */
function healthCell({ health, suspected, restored, override }: MemberReply): Cell {
  const notes = [
    ...(override === null ? [] : [overrideWords[override.kind]]),
    ...(suspected ? ["suspected"] : []),
    ...(restored ? ["restored"] : []),
  ];
  const colour = health === "up" && notes.length > 0 ? "yellow" : healthColours[health];
  return { text: [health, ...notes].join(", "), colour };
}

function reasonText({ data, diagnosis, override, reason }: MemberReply, at: number): string {
  const age = data === null || data.staleMs === 0 ? "" : `; its data is ${formatDuration(data.staleMs)} behind`;
  const cause = diagnosis === undefined ? "" : `${diagnosis.name}: `;
  if (override === null) return clean(cause + reason) + age;
  const safe = safeText(override, at);
  const until = override.expiresAt === null ? "" : `, ends in ${formatDuration(override.expiresAt - at)}`;
  return clean(`by ${override.owner}: ${override.reason} (${safe}${until})`);
}

function safeText(override: NonNullable<MemberReply["override"]>, at: number): string {
  const { answeredBecause, safeToStopAt, waitsFor } = override;
  if (answeredBecause !== null) return "not safe to stop: answered all the same";
  if (waitsFor.length > 0) return `not safe to stop: ${waitsFor.join(", ")} may still answer with it`;
  return at >= safeToStopAt ? "safe to stop" : `safe to stop in ${formatDuration(safeToStopAt - at)}`;
}
