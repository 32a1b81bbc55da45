/**
 * Machines that report on themselves: the real `Agent`, as `io/agent/run-agent` runs it, on a member's machine, over a
 * link to the controller that delays, breaks and comes back. It tells at once what has changed, and otherwise often
 * enough not to count as silent; each new connection begins with what it is to prove.
 */
import type { Prng } from "../src/base/prng.ts";
import type { AgentConfig, AgentReport, MountWord } from "../src/core/agent.ts";
import type { Config } from "../src/core/model.ts";
import { Agent, type AgentEvent, reportKey } from "../src/roles/agent.ts";
import { ReportDesk } from "../src/roles/agent-desk.ts";
import { Link } from "./link.ts";
import { ProbeHands } from "./probe-hands.ts";
import { type Assignment, bareConfig } from "./vantage.ts";
import { createSite, type World } from "./world.ts";

const beatMs = 500;
const reportMs = 2000;
const reportsPerSilence = 4;
const mountsMs = 2000;
const lookMs = 1000;

/** The desk for their reports, as `io/agent/desk` runs it. */
export class SimulatedDesk extends ReportDesk {
  #isClosed = false;

  constructor(isOpen: boolean, world: World) {
    super(isOpen, world);
    const keep = (): void => {
      if (this.#isClosed) return;
      this.keep();
      world.agenda.after(lookMs, keep);
    };
    world.agenda.after(lookMs, keep);
  }

  close(): void {
    this.#isClosed = true;
  }
}

export interface MachinesParts {
  readonly world: World;
  readonly config: Config;
  readonly prng: Prng;
  /** Null: the connection has ended. */
  readonly deliver: (agent: string, report: AgentReport | null) => void;
}

/** All of them, those too that a later configuration leaves out. */
export class Machines {
  readonly all: readonly Machine[];

  constructor(parts: MachinesParts) {
    this.all = parts.config.agents.map((config) => new Machine(config, parts));
  }

  assign({ agents }: Assignment): void {
    for (const machine of this.all) machine.assign(agents.find(({ name }) => name === machine.name) ?? null);
  }

  controllerDied(): void {
    for (const machine of this.all) machine.assign(null);
  }

  at(name: string): Machine | null {
    return this.all.find((machine) => machine.name === name) ?? null;
  }
}

export class Machine {
  readonly name: string;
  readonly address: string;
  readonly link: Link;
  /** The agent itself, not its machine. */
  isRunning = true;
  readonly #parts: MachinesParts;
  /** What it is to prove, as the controller has it; null: there is none who would listen. */
  #work: AgentConfig | null = null;
  /** It has heard what it is to prove. */
  #isConnected = false;
  #agent: Agent;
  #hands: ProbeHands<AgentEvent>;
  #said: { readonly key: string; readonly at: number } | null = null;

  constructor({ addresses, name }: AgentConfig, parts: MachinesParts) {
    this.name = name;
    this.address = addresses[0] ?? "";
    this.#parts = parts;
    this.link = new Link(parts.world.agenda);
    this.#agent = this.#create();
    this.#hands = this.#attach();
    this.#every(beatMs, () => this.#beat());
    this.#every(mountsMs, () => this.#lookAtMounts());
  }

  assign(work: AgentConfig | null): void {
    if (work === null) this.#hangUp();
    this.#work = work;
    this.#connect();
  }

  setLink(isUp: boolean): void {
    if (!this.link.set(isUp)) return;
    this.#isConnected = false;
    if (isUp) this.#connect();
    else this.#lost();
  }

  stop(): void {
    if (!this.isRunning) return;
    this.isRunning = false;
    this.#hands.stop();
    this.#hangUp();
    this.#lost();
  }

  /** It knows nothing of what it found before. */
  start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.#agent = this.#create();
    this.#hands = this.#attach();
    this.#connect();
  }

  #create(): Agent {
    const { config, prng, world } = this.#parts;
    return new Agent({ config: bareConfig(config), now: world.now(), prng });
  }

  #attach(): ProbeHands<AgentEvent> {
    const stepped = ({ kind }: { readonly kind: string }): void => {
      if (kind === "verdict" || kind === "mounts-seen") this.#say(false);
    };
    const { world } = this.#parts;
    return new ProbeHands<AgentEvent>({ world, site: createSite(this.name), machine: this.#agent, stepped });
  }

  #hangUp(): void {
    this.link.renew();
    this.#isConnected = false;
  }

  #lost(): void {
    if (this.#work !== null) this.#parts.deliver(this.name, null);
  }

  #connect(): void {
    this.#said = null;
    const work = this.#work;
    if (work === null || !this.isRunning) return;
    this.link.carry(() => {
      this.#isConnected = true;
      this.#said = null;
      this.#hands.dispatch({ kind: "work-given", work: { ...work, agent: work.name } });
      this.#lookAtMounts();
    });
  }

  #lookAtMounts(): void {
    const { mount } = this.#parts.world.member(this.address);
    const word = { state: mount, reason: `it is ${mount}`, sinceMs: mount === "ok" ? null : 0 };
    const mounts = (this.#work?.mounts ?? []).map((path): MountWord => ({ path, ...word }));
    this.#hands.dispatch({ kind: "mounts-seen", mounts });
  }

  #beat(): void {
    const intervalMs = Math.min(reportMs, (this.#work?.silentMs ?? 0) / reportsPerSilence);
    this.#say(this.#said === null || this.#parts.world.agenda.now - this.#said.at >= intervalMs);
  }

  /** `isDue`: also when nothing has changed. */
  #say(isDue: boolean): void {
    if (!this.#isConnected || !this.isRunning) return;
    const { agenda } = this.#parts.world;
    const report = this.#agent.report(this.#parts.world.now());
    if (report === null) return;
    const key = reportKey(report);
    if (!isDue && key === this.#said?.key) return;
    this.#said = { key, at: agenda.now };
    this.link.carry(() => this.#parts.deliver(this.name, report));
  }

  #every(ms: number, act: () => void): void {
    this.#parts.world.agenda.after(ms, () => {
      if (this.isRunning) act();
      this.#every(ms, act);
    });
  }
}
