/**
 * The machine's network interfaces, but for the loopback: whether each has a carrier, and its addresses. The system shows
 * no addresses of an interface that has lost its carrier; those that it had are remembered.
 */
import { readdir, readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import type { LinkWord } from "../../core/agent.ts";
import { agentEntriesMax } from "../watch/limits.ts";

const folder = "/sys/class/net";

export class Links {
  readonly #addresses = new Map<string, readonly string[]>();

  async read(): Promise<readonly LinkWord[]> {
    const names = (await readdir(folder).catch(() => [])).filter((name) => name !== "lo").sort();
    const present = networkInterfaces();
    for (const known of this.#addresses.keys()) if (!names.includes(known)) this.#addresses.delete(known);
    return Promise.all(names.slice(0, agentEntriesMax).map((name) => this.#readLink(name, present[name])));
  }

  async #readLink(name: string, present: NodeJS.Dict<{ address: string }[]>[string]): Promise<LinkWord> {
    // Of an interface that is switched off, the carrier cannot be read (EINVAL).
    const carrier = await readFile(`${folder}/${name}/carrier`, "utf8").catch(() => "0");
    if (present !== undefined)
      this.#addresses.set(name, present.map(({ address }) => address).slice(0, agentEntriesMax));
    return { name, up: carrier.trim() === "1", addresses: this.#addresses.get(name) ?? [] };
  }
}
