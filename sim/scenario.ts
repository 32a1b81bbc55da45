/**
 * Scenarios read as transcripts: commands, a line `----`, and what they print. A test plays each file and compares;
 * `npm run sim -- --rewrite` writes what really came out, and the difference is reviewed like code.
 *
 * Blocks are separated by empty lines. The first block of a file is `config` and YAML. Commands: `start`, `kill`,
 * `run 500ms`, `stop|freeze|serve ADDRESS`, `slow ADDRESS 300ms`, `lose ADDRESS 0.5`, `sick`, `sound`,
 * `drain|disable|enable MEMBER [for 10s]`, `failback POOL`, `pin POOL ADDRESS [for 10s]`, `unpin POOL`,
 * `maintenance NAME POOL-OR-MEMBER [in 10s] for 20s`, `end-maintenance NAME`, `release-brake`, `reload` and YAML,
 * `step-clock -1h`, `stop-muster`; of places (`self`, or a watcher's name) `cut|join SITE`, `no-route|route SITE ADDRESS`,
 * `unlink|link WATCHER`; and the ones that print: `answer NAME`, `story`, `explain NAME`, `serial ZONE`.
 */
import { createPrng } from "../src/base/prng.ts";
import { later, wall } from "../src/base/time.ts";
import { loadConfig } from "../src/config/load.ts";
import type { Config, HistoryEvent, Override } from "../src/core/model.ts";
import type { ExplanationStep } from "../src/core/view.ts";
import { orderId } from "../src/core/order.ts";
import { explainName } from "../src/roles/controller-explain.ts";
import type { ControllerEvent } from "../src/roles/effects.ts";
import { Agenda } from "./agenda.ts";
import { Host } from "./host.ts";
import type { Machine } from "./machines.ts";
import { Network } from "./network.ts";
import { answerOf, Promises } from "./witness.ts";
import type { Vantage } from "./vantage.ts";
import { type Site, World } from "./world.ts";

const divider = "----";
const startsAt = wall(Date.UTC(2030, 0, 1));

interface Stage {
  readonly agenda: Agenda;
  readonly world: World;
  readonly promises: Promises;
  readonly story: HistoryEvent[];
  readonly serials: Map<string, number>;
  host: Host | null;
}

/** Plays a whole file and returns it with the results that really came out. */
export function playScenario(text: string): string {
  const agenda = new Agenda();
  const prng = createPrng(1);
  const world = new World(agenda, prng, startsAt);
  const stage: Stage = { agenda, world, promises: new Promises(), story: [], serials: new Map(), host: null };
  const blocks = text.trimEnd().split("\n\n");
  return `${blocks.map((block) => playBlock(stage, block)).join("\n\n")}\n`;
}

function playBlock(stage: Stage, block: string): string {
  const lines = block.split("\n");
  const end = lines.indexOf(divider);
  const commands = end < 0 ? lines : lines.slice(0, end);
  const output = playCommands(stage, commands);
  const comment = commands.every((line) => line.startsWith("#"));
  return comment ? block : [...commands, divider, ...output].join("\n");
}

function playCommands(stage: Stage, commands: readonly string[]): string[] {
  const first = commands.findIndex((line) => !line.startsWith("#"));
  const command = commands[first];
  if (command === "config" || command === "reload") return configure(stage, commands.slice(first + 1).join("\n"));
  return commands.filter((line) => !line.startsWith("#")).flatMap((line) => playCommand(stage, line.split(" ")));
}

function readConfig(text: string): Config {
  const loaded = loadConfig(text, {
    file: "scenario.yaml",
    folder: "/",
    readSecretFile: () => ({ ok: false, error: "scenarios have no secrets" }),
    isReadableByAll: () => false,
    env: () => undefined,
    servicePort: () => null,
    serviceNames: () => [],
  });
  if (!loaded.ok) throw new SyntaxError(loaded.error.problems.map((problem) => problem.sentence).join("; "));
  return loaded.value.config;
}

function configure(stage: Stage, text: string): string[] {
  const config = readConfig(text);
  if (stage.host !== null) {
    stage.host.reload(config);
    return [];
  }
  const { promises, story, world } = stage;
  const prng = createPrng(2);
  stage.host = new Host(world, config, {
    prng,
    network: new Network(stage.agenda, prng),
    witness: {
      zones: promises.zones,
      outlets: promises.outlets,
      onStart: (saved, host) => promises.onStart(saved, host),
      onReload: (next) => promises.onReload(next),
      onReport: (report, one) => promises.onReport(report, one),
      onStepped: (host) => promises.onStepped(host),
      onLost: (events) => promises.onLost(events),
      onDelivered: (message) => promises.onDelivered(message),
      onEvent: (event, host) => promises.onEvent(event, host),
      onTell: (event, host) => {
        story.push(event);
        promises.onTell(event, host);
      },
      onPublish: (transaction, host) => promises.onPublish(transaction, host),
    },
  });
  stage.host.start();
  return [];
}

function vantageOf({ afar }: Host, name: string | undefined): Vantage {
  const vantage = afar.vantages.find(({ site }) => site.name === name);
  if (vantage === undefined) throw new SyntaxError(`no watcher is called ${name}`);
  return vantage;
}

function siteOf({ world }: Stage, host: Host, name: string | undefined): Site {
  return name === world.home.name ? world.home : vantageOf(host, name).site;
}

function machineOf({ machines }: Host, name: string | undefined): Machine {
  const machine = machines.at(need(name, "agent"));
  if (machine === null) throw new SyntaxError(`no agent is called ${name}`);
  return machine;
}

type Command = (stage: Stage, host: Host, words: readonly string[]) => string[];

function need(word: string | undefined, what: string): string {
  if (word === undefined) throw new SyntaxError(`a scenario command lacks its ${what}`);
  return word;
}

/** The duration after a word: `for 10s`. */
function durationAfter(word: string, words: readonly string[]): number | null {
  const at = words.indexOf(word);
  return at < 0 ? null : durationMs(words[at + 1]);
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function durationMs(text: string | undefined): number {
  const match = /^(-?[\d.]+)(ms|s|m|h)$/.exec(need(text, "duration"));
  return Number(match?.[1]) * (unitMs[match?.[2] ?? ""] ?? Number.NaN);
}

function quiet(act: (stage: Stage, host: Host, words: readonly string[]) => void): Command {
  return (stage, host, words) => {
    act(stage, host, words);
    return [];
  };
}

function turn(condition: "serving" | "stopped" | "frozen"): Command {
  return (stage, host, [address]) => {
    stage.promises.noteCondition(need(address, "address"), stage.agenda.now);
    stage.world.setCondition(need(address, "address"), condition, (targetId) => host.trip(targetId));
    return [];
  };
}

/** An operator's request: what was acknowledged is promised. */
function request({ promises }: Stage, host: Host, event: ControllerEvent): void {
  const acknowledge = promises.orders.onAsked(event, host);
  host.ask(event, (isDurable) => {
    if (isDurable) acknowledge();
  });
}

function override(kind: "drain" | "disable"): Command {
  return quiet((stage, host, words) => {
    const set = { member: need(words[0], "member"), kind, ...orderedBy(stage, words) };
    request(stage, host, { kind: "override-set", overrides: [set] });
  });
}

const operator = { owner: "operator", reason: "scenario" };

function orderedBy(
  { world }: Stage,
  words: readonly string[],
): Pick<Override, "owner" | "reason" | "setAt" | "expiresAt"> {
  const setAt = world.now().wall;
  const forMs = durationAfter("for", words);
  return { ...operator, setAt, expiresAt: forMs === null ? null : wall(setAt + forMs) };
}

function pin(stage: Stage, host: Host, words: readonly string[]): void {
  const [pool, address] = [need(words[0], "pool"), need(words[1], "address")];
  const id = orderId("pin", pool);
  request(stage, host, {
    kind: "order-set",
    order: { id, kind: "pin", pool, address, record: "address", ...orderedBy(stage, words) },
  });
}

function planMaintenance(stage: Stage, host: Host, words: readonly string[]): void {
  const [name, scope] = [need(words[0], "name"), need(words[1], "pool or member")];
  const setAt = stage.world.now().wall;
  const from = wall(setAt + (durationAfter("in", words) ?? 0));
  const expiresAt = wall(from + durationMs(words[words.indexOf("for") + 1]));
  const who = scope.includes("/") ? { members: [scope], pools: [] } : { members: [], pools: [scope] };
  const id = orderId("maintenance", name);
  request(stage, host, {
    kind: "order-set",
    order: { id, kind: "maintenance", name, from, expiresAt, setAt, ...operator, ...who },
  });
}

const endOrder = (kind: "pin" | "maintenance"): Command =>
  quiet((stage, host, [name]) =>
    request(stage, host, { kind: "order-ended", id: orderId(kind, need(name, "name")), ...operator }),
  );

const commandByName: Readonly<Record<string, Command>> = {
  run: quiet((stage, _host, [duration]) => stage.agenda.runUntil(later(stage.agenda.now, durationMs(duration)))),
  start: quiet((_stage, host) => host.start()),
  kill: quiet((_stage, host) => host.kill()),
  "stop-muster": quiet((_stage, host) => host.ask({ kind: "stopping" }, () => host.kill())),
  "release-brake": quiet((stage, host) => request(stage, host, { kind: "brake-released", owner: "operator" })),
  cut: quiet((stage, host, [name]) => void (siteOf(stage, host, name).isCut = true)),
  join: quiet((stage, host, [name]) => void (siteOf(stage, host, name).isCut = false)),
  "no-route": quiet((stage, host, [name, address]) => siteOf(stage, host, name).noRoute.add(need(address, "address"))),
  route: quiet((stage, host, [name, address]) => siteOf(stage, host, name).noRoute.delete(need(address, "address"))),
  unlink: quiet((_stage, host, [name]) => vantageOf(host, name).setLink(false)),
  link: quiet((_stage, host, [name]) => vantageOf(host, name).setLink(true)),
  "stop-agent": quiet((_stage, host, [name]) => machineOf(host, name).stop()),
  "start-agent": quiet((_stage, host, [name]) => machineOf(host, name).start()),
  mount: quiet(({ world }, host, [name, state]) => {
    world.member(machineOf(host, name).address).mount = state === "hung" || state === "gone" ? state : "ok";
  }),
  mirror: quiet(({ world }, _host, [address, state]) => {
    world.member(need(address, "address")).mirror.state = state === "stuck" || state === "gone" ? state : "follows";
  }),
  origin: quiet(({ world }, _host, [state]) => void (world.origin.isReadable = state === "readable")),
  stop: turn("stopped"),
  freeze: turn("frozen"),
  serve: turn("serving"),
  slow: quiet((stage, _host, [address, duration]) => {
    stage.world.member(need(address, "address")).answerMs = durationMs(duration);
  }),
  lose: quiet((stage, _host, [address, share]) => {
    stage.world.member(need(address, "address")).loss = Number(share);
  }),
  sick: quiet((stage) => {
    stage.world.home.isSick = true;
  }),
  sound: quiet((stage) => {
    stage.world.home.isSick = false;
  }),
  "step-clock": quiet((stage, _host, [duration]) => stage.world.stepWallClock(durationMs(duration))),
  drain: override("drain"),
  disable: override("disable"),
  enable: quiet((stage, host, words) =>
    request(stage, host, { kind: "override-cleared", members: words, owner: "operator" }),
  ),
  pin: quiet(pin),
  unpin: endOrder("pin"),
  maintenance: quiet(planMaintenance),
  "end-maintenance": endOrder("maintenance"),
  failback: quiet((_stage, host, [pool]) =>
    host.dispatch({ kind: "failback", pool: need(pool, "pool"), owner: "operator" }),
  ),
  answer: (_stage, host, [name]) => [describeAnswer(host, need(name, "name"))],
  explain: (stage, host, [name]) => explain(stage, host, need(name, "name")),
  serial: (stage, host, [zone]) => [describeSerial(stage, host, need(zone, "zone"))],
  story: (stage) => {
    const lines = stage.story.map(({ at, sentence }) => `${((at - startsAt) / 1000).toFixed(3)} ${sentence}`);
    stage.story.length = 0;
    return lines;
  },
};

function playCommand(stage: Stage, [name, ...words]: readonly string[]): string[] {
  const command = commandByName[need(name, "name")];
  if (command === undefined) throw new SyntaxError(`no scenario command is called ${name}`);
  if (stage.host === null) throw new SyntaxError("a scenario begins with config");
  return command(stage, stage.host, words);
}

function describeAnswer(host: Host, name: string): string {
  const pool = host.config.pools.find((one) => one.name === name);
  const answer = pool === undefined || !host.answering ? null : answerOf(pool, host);
  if (answer === null) return `${name}: no answer`;
  const addresses = answer.addresses.length === 0 ? "nothing" : answer.addresses.join(" ");
  return `${name}: ${addresses} ttl ${answer.ttlSeconds}${answer.lastResort ? " (last resort)" : ""}`;
}

/** Whether the serial is the Unix time, or how far it is ahead of it. */
function describeSerial(stage: Stage, host: Host, zone: string): string {
  const serial = host.controller?.state.zones.get(zone)?.serial ?? 0;
  const before = stage.serials.get(zone) ?? 0;
  stage.serials.set(zone, serial);
  return `${zone}: ${serial > before ? "higher" : "the same"}, ${serial - Math.floor(stage.world.now().wall / 1000)} s off the clock`;
}

function explain(stage: Stage, host: Host, name: string): string[] {
  const state = host.controller?.state;
  const around = { now: stage.world.now(), nameservers: [], outlets: [] };
  const explanation = state === undefined ? null : explainName(state, name, around);
  return explanation === null ? [`${name}: unknown`] : explanation.steps.flatMap((step) => indent(step, ""));
}

function indent(step: ExplanationStep, before: string): string[] {
  return [`${before}${step.rule}: ${step.sentence}`, ...step.because.flatMap((next) => indent(next, `${before}  `))];
}
