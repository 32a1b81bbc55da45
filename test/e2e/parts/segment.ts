/**
 * A network segment with machines: a switch (a bridge in a namespace of its own) whose uplink is an interface of this
 * machine, and machines behind it, each a namespace with one address. And one machine on a cable of its own, elsewhere.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

function run(...command: readonly string[]): void {
  const [program = "", ...args] = command;
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
}

/** A program and its children. */
function pidsOf({ pid }: ChildProcess): readonly number[] {
  if (pid === undefined) return [];
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return [pid, ...children.split(" ").filter(Boolean).map(Number)];
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

/** A program that was told to end and has not by then is killed. */
const endMsMax = 5_000;

export class Segment {
  readonly #net = `10.${79 + (process.pid % 100)}.${process.pid % 250}`;
  readonly #switch = `muster-switch-${process.pid}`;
  readonly #machines: readonly string[];
  readonly #children = new Set<ChildProcess>();
  /** This machine's interface to the switch. */
  readonly uplink = `du${process.pid}`.slice(0, 15);
  readonly addresses: readonly string[];
  /** An address on another interface. */
  readonly elsewhere = `${this.#net}.131`;

  constructor(count: number) {
    this.#machines = Array.from({ length: count }, (_, i) => `muster-m${i}-${process.pid}`);
    this.addresses = this.#machines.map((_, i) => `${this.#net}.${11 + i}`);
    run("ip", "netns", "add", this.#switch);
    run("ip", "-n", this.#switch, "link", "add", "br0", "type", "bridge");
    run("ip", "-n", this.#switch, "link", "set", "br0", "up");
    run("ip", "link", "add", this.uplink, "type", "veth", "peer", "name", "up0", "netns", this.#switch);
    run("ip", "addr", "add", `${this.#net}.1/25`, "dev", this.uplink);
    run("ip", "link", "set", this.uplink, "up");
    run("ip", "-n", this.#switch, "link", "set", "up0", "master", "br0", "up");
    for (const [index, name] of this.#machines.entries()) this.#addMachine(name, index);
    this.#addElsewhere();
  }

  get network(): string {
    return `${this.#net}.0/25`;
  }

  #addMachine(name: string, index: number): void {
    run("ip", "netns", "add", name);
    const port = ["type", "veth", "peer", "name", "eth0", "netns", name] as const;
    run("ip", "-n", this.#switch, "link", "add", `p${index}`, ...port);
    run("ip", "-n", this.#switch, "link", "set", `p${index}`, "master", "br0", "up");
    run("ip", "-n", name, "addr", "add", `${this.addresses[index]}/25`, "dev", "eth0");
    run("ip", "-n", name, "link", "set", "eth0", "up");
    run("ip", "-n", name, "link", "set", "lo", "up");
  }

  #addElsewhere(): void {
    const name = `muster-else-${process.pid}`;
    const veth = `de${process.pid}`.slice(0, 15);
    run("ip", "netns", "add", name);
    run("ip", "link", "add", veth, "type", "veth", "peer", "name", "eth0", "netns", name);
    run("ip", "addr", "add", `${this.#net}.130/25`, "dev", veth);
    run("ip", "link", "set", veth, "up");
    run("ip", "-n", name, "addr", "add", `${this.elsewhere}/25`, "dev", "eth0");
    run("ip", "-n", name, "link", "set", "eth0", "up");
    run("ip", "-n", name, "link", "set", "lo", "up");
  }

  /** A program on a machine. */
  spawn(index: number, command: readonly string[]): ChildProcess {
    const program = "ip";
    const name = this.#machines[index] ?? "";
    const child = spawn(program, ["netns", "exec", name, ...command], { stdio: "ignore" });
    this.#children.add(child);
    return child;
  }

  async end(child: ChildProcess): Promise<void> {
    this.#children.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const pids = pidsOf(child);
    // A test that failed may have left it frozen, and what is frozen does not end.
    this.thaw(child);
    child.kill("SIGTERM");
    const limit = setTimeout(() => pids.forEach(kill), endMsMax);
    await once(child, "exit");
    clearTimeout(limit);
  }

  /** The program and what it has started do nothing more, until they go on. */
  freeze(child: ChildProcess): void {
    for (const pid of pidsOf(child)) process.kill(pid, "SIGSTOP");
  }

  thaw(child: ChildProcess): void {
    for (const pid of pidsOf(child)) process.kill(pid, "SIGCONT");
  }

  /** The machine's kernel says nothing more, to ping or to anybody who looks for its address, and its link keeps its carrier. */
  freezeKernel(index: number): void {
    const name = this.#machines[index] ?? "";
    for (const family of ["arp", "inet"]) {
      const drop = `add table ${family} frozen; add chain ${family} frozen in { type filter hook input priority 0; policy drop; }`;
      run("ip", "netns", "exec", name, "nft", drop);
    }
  }

  thawKernel(index: number): void {
    const name = this.#machines[index] ?? "";
    for (const family of ["arp", "inet"]) run("ip", "netns", "exec", name, "nft", `delete table ${family} frozen`);
  }

  /** A machine's own interface. */
  setMachine(index: number, state: "up" | "down"): void {
    run("ip", "-n", this.#machines[index] ?? "", "link", "set", "eth0", state);
  }

  /** The bridge forwards nothing between uplink and machines; every interface keeps its carrier. */
  cutSwitch(): void {
    run("ip", "-n", this.#switch, "link", "set", "up0", "nomaster");
  }

  mendSwitch(): void {
    run("ip", "-n", this.#switch, "link", "set", "up0", "master", "br0");
  }

  /** The cable between this machine and the switch: without it, this machine's interface has no carrier. */
  setCable(state: "up" | "down"): void {
    run("ip", "-n", this.#switch, "link", "set", "up0", state);
  }

  async close(): Promise<void> {
    for (const child of this.#children) await this.end(child);
    for (const name of [...this.#machines, `muster-else-${process.pid}`, this.#switch]) run("ip", "netns", "del", name);
  }
}
