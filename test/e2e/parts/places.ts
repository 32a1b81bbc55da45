/** Places in a network: namespaces, each behind a link of its own, and addresses of the root's that all can reach. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";

function run(...command: readonly string[]): void {
  const [program = "", ...args] = command;
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
}

export class Places {
  readonly #net = `10.78.${process.pid % 250}`;
  readonly #names: string[] = [];
  readonly addresses: readonly string[];

  constructor(names: readonly string[], addressCount: number) {
    this.addresses = Array.from({ length: addressCount }, (_, i) => `${this.#net}.${201 + i}`);
    for (const address of this.addresses) run("ip", "addr", "replace", `${address}/32`, "dev", "lo");
    for (const [index, name] of names.entries()) this.#add(name, index);
  }

  #add(name: string, index: number): void {
    const space = this.namespace(name);
    const veth = `mw${index}-${process.pid}`.slice(0, 15);
    const [near, far] = [`${this.#net}.${index * 4 + 1}`, `${this.#net}.${index * 4 + 2}`];
    run("ip", "netns", "add", space);
    this.#names.push(name);
    run("ip", "link", "add", veth, "type", "veth", "peer", "name", "out0", "netns", space);
    run("ip", "addr", "add", `${near}/30`, "dev", veth);
    run("ip", "link", "set", veth, "up");
    run("ip", "-n", space, "link", "set", "lo", "up");
    run("ip", "-n", space, "addr", "add", `${far}/30`, "dev", "out0");
    run("ip", "-n", space, "link", "set", "out0", "up");
    run("ip", "-n", space, "route", "add", "default", "via", near);
  }

  namespace(name: string): string {
    return `muster-${name}-${process.pid}`;
  }

  /** A program that lives in the place; the process is its own. */
  spawn(name: string, command: readonly string[]): ChildProcess {
    const program = "ip";
    return spawn(program, ["netns", "exec", this.namespace(name), ...command], { stdio: "ignore" });
  }

  /** Its own address. */
  addressOf(name: string): string {
    return `${this.#net}.${this.#names.indexOf(name) * 4 + 2}`;
  }

  /** This machine's address at the other end of its link. */
  gatewayOf(name: string): string {
    return `${this.#net}.${this.#names.indexOf(name) * 4 + 1}`;
  }

  /** Answers from the address are lost on their way to the place; what the place sends arrives. */
  deafen(name: string, address: string): void {
    this.drop(name, "input", `ip saddr ${address}`);
  }

  /** What matches is lost on its way to the place, or from it; in the words of nft. */
  drop(name: string, way: "input" | "output", match: string): void {
    const nft = (...words: readonly string[]): void =>
      run("ip", "netns", "exec", this.namespace(name), "nft", words.join(" "));
    nft("add table inet deaf");
    nft(`add chain inet deaf ${way} { type filter hook ${way} priority 0 ; }`);
    nft(`add rule inet deaf ${way} ${match} drop`);
  }

  hear(name: string): void {
    run("ip", "netns", "exec", this.namespace(name), "nft", "delete table inet deaf");
  }

  close(): void {
    for (const name of this.#names) run("ip", "netns", "del", this.namespace(name));
    for (const address of this.addresses) run("ip", "addr", "del", `${address}/32`, "dev", "lo");
  }
}
