/**
 * The machine's network interfaces, but for the loopback: whether each has a carrier, and its addresses. The system shows
 * no addresses of an interface that has lost its carrier; those that it had are remembered.
 */
import { readdir, readFile } from "node:fs/promises";
import type { LinkWord } from "../../core/agent.ts";
import { type Interfaces, readInterfaces } from "../interfaces.ts";
import { agentEntriesMax } from "../watch/limits.ts";

const folder = "/sys/class/net";

export class Links {
  readonly #addresses = new Map<string, readonly string[]>();

  #last: readonly LinkWord[] = [];

  async read(): Promise<readonly LinkWord[]> {
    const present = readInterfaces();
    // With no descriptor left nothing can be looked at; that is no news of the network.
    if (present === null) return this.#last;
    const names = (await readdir(folder).catch(() => [])).filter((name) => name !== "lo").sort();
    for (const known of this.#addresses.keys()) if (!names.includes(known)) this.#addresses.delete(known);
    this.#last = await Promise.all(names.slice(0, agentEntriesMax).map((name) => this.#readLink(name, present[name])));
    return this.#last;
  }

  async #readLink(name: string, present: Interfaces[string] | undefined): Promise<LinkWord> {
    // Of an interface that is switched off, the carrier cannot be read (EINVAL).
    const carrier = await readFile(`${folder}/${name}/carrier`, "utf8").catch(() => "0");
    if (present !== undefined)
      this.#addresses.set(name, present.map(({ address }) => address).slice(0, agentEntriesMax));
    return { name, up: carrier.trim() === "1", addresses: this.#addresses.get(name) ?? [] };
  }
}
