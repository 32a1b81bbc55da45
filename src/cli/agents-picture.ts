/** Agents, as `muster status` draws them: one line while all are fit, and a row for each that is not, or whose mounts are not well. */
import { counted } from "../base/listed.ts";
import type { StatusReply } from "../api/contract.ts";
import { formatDuration } from "./duration.ts";
import type { PictureStyle } from "./picture.ts";
import { type Cell, clean, type Colour, type Column, layoutTable } from "./text.ts";

type Agent = StatusReply["agents"][number];

const columns: readonly Column[] = [
  { title: "agent" },
  { title: "address", spare: 2 },
  { title: "word" },
  { title: "since", right: true, spare: 1 },
  { title: "heard", right: true },
  { title: "reason" },
];

/** Rows that are drawn; the others are counted. `--json` has all. */
const rowsMax = 24;

const colours: Readonly<Record<Agent["word"], Colour>> = {
  fit: "green",
  unfit: "red",
  silent: "red",
  unheard: "yellow",
};

/** Nothing while there are no agents. */
export function drawAgents({ agents, at }: StatusReply, { paint, width }: PictureStyle): readonly string[] {
  if (agents.length === 0) return [];
  const fit = agents.filter(({ word }) => word === "fit").length;
  const odd = agents.filter((agent) => agent.word !== "fit" || oddities(agent).length > 0);
  const sum = `${fit === agents.length ? "" : `${fit} of `}${counted(agents.length, "agent")} fit`;
  if (odd.length === 0) return [paint("dim", sum)];
  const rows = odd.slice(0, rowsMax).map((agent) => cellsOf(agent, at));
  const rest = odd.length > rowsMax ? [`and ${odd.length - rowsMax} more`] : [];
  const table = layoutTable(columns, rows, { width: width - 2, paint });
  return [paint("yellow", sum), ...[...table, ...rest].map((line) => `  ${line}`)];
}

function cellsOf(agent: Agent, at: number): readonly Cell[] {
  const { addresses, heardAt, name, reason, since, word } = agent;
  const told = [...(reason === "" ? [] : [reason]), ...oddities(agent)].join("; ");
  return [
    { text: clean(name) },
    { text: clean(addresses[0] ?? "") },
    { text: word, colour: colours[word] },
    { text: formatDuration(at - since) },
    { text: heardAt === null ? "never" : formatDuration(at - heardAt) },
    { text: clean(told) },
  ];
}

/** What is worth a look, and makes nobody unfit. */
function oddities({ links, mounts, reaches }: Agent): readonly string[] {
  return [
    ...mounts
      .filter(({ state }) => state !== "ok")
      .map(({ path, reason, state }) => `mount ${path} is ${state}: ${reason}`),
    ...links.filter(({ addresses, up }) => !up && addresses.length > 0).map(({ name }) => `${name} has no carrier`),
    ...reaches
      .filter(({ verdict }) => verdict === "down")
      .map(({ name, reason, role }) => `${role} ${name} is down: ${reason}`),
  ];
}
