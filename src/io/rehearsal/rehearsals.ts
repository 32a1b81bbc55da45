/**
 * Holds rehearsals: refuses those that could do harm, makes the canary's check fail at the prober, listens to the story,
 * asks every nameserver what it answers, and tells what came of it. One at a time; those of the configuration begin by
 * themselves.
 */
import { wall, type Wall } from "../../base/time.ts";
import { nextWindow } from "../../core/maintenance.ts";

import type { FaultManner, RehearsalConfig, RehearsalView } from "../../core/rehearsal.ts";
import type { RehearsalOutcome, RehearsalWish } from "../../core/view.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import { Rehearsal } from "../../roles/rehearsal.ts";
import { chooseCanary, type Canary } from "../../roles/rehearsal-choice.ts";
import type { Outside } from "../outside.ts";
import type { FaultyProber } from "../probe/injected-faults.ts";
import type { Runner } from "../runner.ts";
import { type AskedServer, namesMember, serversOf, isServer } from "./servers.ts";

export interface RehearsalParts {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Log;
  readonly prober: FaultyProber;
  readonly outside: Pick<Outside, "nameservers">;
}

export interface Rehearsals {
  rehearse(wish: RehearsalWish): Promise<RehearsalOutcome>;
  /** The last of each pool. */
  views(): readonly RehearsalView[];
  close(): Promise<void>;
}

/** Between two questions to one server. */
const lookMs = 50;
/** How often it is looked whether a rehearsal of the configuration is due. */
const dueMs = 5_000;
/** A rehearsal that is due begins within so long, or not at all: muster was not running then. */
const lateMsMax = 600_000;

export function startRehearsals(parts: RehearsalParts): Rehearsals {
  return new Hall(parts);
}

interface Story {
  readonly canary: Canary;
  readonly rule: string;
  readonly sentence: string;
  readonly by: { readonly owner: string; readonly reason: string };
  readonly result?: RehearsalView;
}

class Hall implements Rehearsals {
  readonly #parts: RehearsalParts;
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #running: Promise<RehearsalView> | null = null;
  #lookedAt: Wall;

  constructor(parts: RehearsalParts) {
    this.#parts = parts;
    this.#lookedAt = parts.clock.now().wall;
    this.#timer = setInterval(() => this.#beginDue(), dueMs);
    this.#timer.unref();
  }

  views(): readonly RehearsalView[] {
    const { pools, rehearsals } = this.#parts.runner.controller.state;
    return [...pools.keys()].flatMap((pool) => rehearsals.get(pool) ?? []);
  }

  async rehearse(wish: RehearsalWish): Promise<RehearsalOutcome> {
    const { clock, runner } = this.#parts;
    if (this.#running !== null) return refuse("a rehearsal is under way; ask again when it has ended");
    const strange = wish.at.find((text) => !isServer(text));
    if (strange !== undefined)
      return refuse(`"${strange}" is no nameserver that can be asked: expected ADDRESS:PORT, or NAME@ADDRESS:PORT`);
    const choice = chooseCanary(runner.controller.state, wish, clock.now());
    if (choice.kind !== "canary") return choice;
    this.#running = this.#hold(choice.canary, wish);
    try {
      return { kind: "rehearsed", rehearsal: await this.#running };
    } finally {
      this.#running = null;
    }
  }

  async #hold(canary: Canary, wish: RehearsalWish): Promise<RehearsalView> {
    const { clock, prober, runner } = this.#parts;
    const { manner, owner, reason } = wish;
    const servers = serversOf(this.#parts, canary, wish.at);
    const rehearsal = new Rehearsal({ ...canary, owner, reason, forMs: wish.forMs, servers }, clock.now());
    const end = new AbortController();
    const unlisten = runner.listen((event) => {
      if (event !== null) rehearsal.tell(event, clock.now().mono);
    });
    this.#tell({ canary, rule: "rehearsal/begin", sentence: beginText(canary, wish), by: { owner, reason } });
    prober.inject(canary.targetId, { manner, forMs: wish.forMs, reason: `a rehearsal of ${owner}` });
    const looking = servers.map((server) => this.#watch(rehearsal, { canary, server, signal: end.signal }));
    try {
      await this.#attend(rehearsal, canary);
    } finally {
      prober.heal(canary.targetId);
      unlisten();
      end.abort();
    }
    await Promise.all(looking);
    const view = rehearsal.result();
    const { sentence, verdict } = view;
    this.#tell({ canary, rule: `rehearsal/${verdict}`, sentence, by: { owner, reason }, result: view });
    return view;
  }

  /** Moves the rehearsal on until it is over, or muster ends. */
  async #attend(rehearsal: Rehearsal, { targetId }: Canary): Promise<void> {
    while (rehearsal.phase !== "over" && !this.#stop.signal.aborted) {
      await pause(lookMs, this.#stop.signal);
      const before = rehearsal.phase;
      rehearsal.tick(this.#parts.clock.now().mono);
      if (before === "failing" && rehearsal.phase !== "failing") this.#parts.prober.heal(targetId);
    }
  }

  async #watch(
    rehearsal: Rehearsal,
    { canary, server, signal }: { readonly canary: Canary; readonly server: AskedServer; readonly signal: AbortSignal },
  ): Promise<void> {
    while (!signal.aborted) {
      const isNamed = await namesMember(server, canary, signal);
      if (isNamed !== null) rehearsal.see(server.endpoint, isNamed, this.#parts.clock.now().mono);
      await pause(lookMs, signal);
    }
  }

  #tell({ canary, ...story }: Story): void {
    this.#parts.runner.dispatch({ kind: "rehearsal-told", subject: canary.pool, ...story });
  }

  #beginDue(): void {
    const { wall: now } = this.#parts.clock.now();
    const { config } = this.#parts.runner.controller.state;
    const since = wall(Math.max(this.#lookedAt, now - lateMsMax));
    this.#lookedAt = now;
    for (const due of config.rehearsals.filter((one) => isDue(one, { since, now }))) void this.#holdDue(due);
  }

  async #holdDue({ forMs, pool }: RehearsalConfig): Promise<void> {
    const wish = { subject: pool, forMs, at: [], force: false, manner: "refused", owner: "configuration" } as const;
    const outcome = await this.rehearse({ ...wish, reason: "as configured" });
    if (outcome.kind === "rehearsed") return;
    const { sentence } = outcome;
    const said = `the rehearsal of ${pool} was not held: ${sentence}`;
    this.#parts.runner.dispatch({ kind: "trouble", subject: pool, rule: "rehearsal/not-held", sentence: said });
  }

  /** A fault does not outlive muster: it is in memory only. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#running?.catch(() => undefined);
  }
}

function refuse(sentence: string): RehearsalOutcome {
  return { kind: "refused", sentence, details: [] };
}

function beginText({ member }: Canary, { forMs, manner, owner }: RehearsalWish): string {
  const how: Readonly<Record<FaultManner, string>> = { refused: "refuses", silent: "does not answer" };
  return `${owner} rehearses: the check of ${member} ${how[manner]} for ${Math.ceil(forMs / 1000)} s at most`;
}

/** Whether it began in the time. */
function isDue(rehearsal: RehearsalConfig, { now, since }: { readonly since: Wall; readonly now: Wall }): boolean {
  const window = { ...rehearsal, name: rehearsal.pool, members: [], pools: [], reason: "", lengthMs: 1 };
  const { from } = nextWindow(window, since);
  return from <= now;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
