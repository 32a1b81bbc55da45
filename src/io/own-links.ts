/**
 * This machine's interfaces: which have a carrier, and what lies behind each. The kernel takes routes away with the
 * carrier, and Node names no interface without one; so what an interface had while it was up is kept.
 *
 * On other systems than Linux nothing is found, and nothing is said of the own network.
 */
import { readFileSync } from "node:fs";
import { networkOf } from "../core/network.ts";
import { parseAddress } from "../dns/address.ts";
import type { OwnLinks, OwnLinkState } from "../ports/own-links.ts";
import { type Interfaces, readInterfaces } from "./interfaces.ts";

const everyMs = 1_000;
/** Interfaces that are remembered; containers come and go. */
const rememberedMax = 256;

export function watchOwnLinks(): OwnLinks {
  return new WatchedLinks();
}

class WatchedLinks implements OwnLinks {
  readonly #networks = new Map<string, readonly string[]>();
  #leads = { v4: new Set<string>(), v6: new Set<string>() };
  #last = "";
  #timer: NodeJS.Timeout | null = null;

  onChange(listener: (links: readonly OwnLinkState[]) => void): void {
    const look = (): void => {
      const links = this.#look();
      if (links === null) return;
      const text = JSON.stringify(links);
      if (text === this.#last) return;
      this.#last = text;
      listener(links);
    };
    look();
    this.#timer = setInterval(look, everyMs).unref();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Null: it cannot be looked at now, which says nothing about the network. */
  #look(): readonly OwnLinkState[] | null {
    const interfaces = readInterfaces();
    if (interfaces === null) return null;
    for (const [name, networks] of networksOf(interfaces)) {
      if (this.#networks.has(name) || this.#networks.size < rememberedMax) this.#networks.set(name, networks);
    }
    try {
      return this.#readLinks();
    } catch {
      return null;
    }
  }

  #readLinks(): readonly OwnLinkState[] {
    const v4 = defaultDevices4(readText("/proc/net/route"));
    const v6 = defaultDevices6(readText("/proc/net/ipv6_route"));
    if (v4.size > 0) this.#leads.v4 = v4;
    if (v6.size > 0) this.#leads.v6 = v6;
    return [...this.#networks].map(([name, networks]) => {
      const leads4 = this.#leads.v4.has(name);
      return { name, up: hasCarrier(name), networks, leads4, leads6: this.#leads.v6.has(name) };
    });
  }
}

/** Of interfaces that are up. The loopback is no way to anybody, and every interface has a link-local network. */
function networksOf(interfaces: Interfaces): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const [name, addresses] of Object.entries(interfaces)) {
    const networks = addresses.flatMap(({ address, cidr, internal, scopeid }) => {
      const octets = parseAddress(address);
      const bits = Number(/\/(\d+)$/.exec(cidr ?? "")?.[1] ?? Number.NaN);
      if (internal || octets === null || Number.isNaN(bits) || (scopeid ?? 0) !== 0) return [];
      return [networkOf(octets, bits).name];
    });
    if (networks.length > 0) found.set(name, networks);
  }
  return found;
}

/** An interface that is switched off cannot be asked, and has none. */
function hasCarrier(name: string): boolean {
  return readText(`/sys/class/net/${name}/carrier`).startsWith("1");
}

/** Lines `Iface Destination Gateway ...`, numbers in hexadecimal (proc(5)). */
export function defaultDevices4(text: string): Set<string> {
  const rows = text.split("\n").map((line) => line.split(/\s+/));
  return new Set(rows.flatMap(([name = "", to, , , , , , mask]) => (to === "00000000" && mask === to ? [name] : [])));
}

/** Lines `destination length source length next-hop metric references uses flags device`. */
export function defaultDevices6(text: string): Set<string> {
  const rows = text.split("\n").map((line) => line.trim().split(/\s+/));
  const none = "0".repeat(32);
  return new Set(
    rows.flatMap(([to, length, , , , , , , , name = "lo"]) =>
      to === none && length === "00" && name !== "lo" ? [name] : [],
    ),
  );
}

/** What is not there is empty. Throws when this process cannot open anything now. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isOutOfFiles(error)) throw error;
    return "";
  }
}

function isOutOfFiles(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EMFILE" || error.code === "ENFILE");
}
