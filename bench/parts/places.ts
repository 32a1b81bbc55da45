/**
 * One network of several places: namespaces that reach each other over a switch in a namespace of its own. What goes
 * wrong goes wrong at the switch's ports, as it does on a wire: nobody is told of a packet that is lost. Beside it each
 * place has a clean link to the root, for what is no part of the measurement: questions to the checkers, and whether a
 * server has started.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSide, inside, ip, type Side } from "./namespaces.ts";
import { makeFolder, onCleanup, runToEnd } from "./processes.ts";

const net = "10.79.0";
const mask = 24;

export interface Place extends Side {
  /** Its addresses in the network; the first one is its own. */
  readonly addresses: readonly string[];
  readonly port: string;
}

export interface PlaceOptions {
  readonly name: string;
  /** Last octets of its addresses. */
  readonly hosts: readonly number[];
}

export interface Places {
  /** Of the switch itself: whoever reaches the network reaches it. */
  readonly middle: string;
  find(name: string): Place;
  /** Loses this share of what comes from the place and of what goes there, 0 to 100; 100 cuts it off. */
  lose(name: string, percent: number): Promise<void>;
  mend(name: string): Promise<void>;
}

export async function createPlaces(options: readonly PlaceOptions[]): Promise<Places> {
  const folder = await makeFolder("places");
  const middle = `muster-bench-${process.pid}-x`;
  await ip("netns", "add", middle);
  onCleanup(async () => {
    await ip("netns", "del", middle);
  });
  await ip("-n", middle, "link", "add", "switch", "type", "bridge");
  await ip("-n", middle, "addr", "add", `${net}.1/${mask}`, "dev", "switch");
  await ip("-n", middle, "link", "set", "switch", "up");
  const places = new Map<string, Place>();
  for (const [i, one] of options.entries()) places.set(one.name, await createPlace(one, { index: i, middle }));
  const find = (name: string): Place => {
    const place = places.get(name);
    if (place === undefined) throw new Error(`no place ${name}`);
    return place;
  };
  const load = async (text: string): Promise<void> => {
    const file = join(folder, "rules");
    await writeFile(file, text);
    await runToEnd("ip", ["netns", "exec", middle, "nft", "-f", file], "nftables");
  };
  return {
    middle: `${net}.1`,
    find,
    lose: (name, percent) => load(lossText(find(name).port, percent)),
    mend: (name) => load(`delete table netdev ${find(name).port}\n`),
  };
}

function lossText(port: string, percent: number): string {
  const whether = percent < 100 ? `numgen random mod 100 < ${percent} ` : "";
  const chain = (way: string): string =>
    `chain ${way} {\ntype filter hook ${way} device "${port}" priority 0\n${whether}drop\n}\n`;
  return `table netdev ${port} {\n${chain("ingress")}${chain("egress")}}\n`;
}

async function createPlace(of: PlaceOptions, at: { index: number; middle: string }): Promise<Place> {
  const side = await createSide(`p${at.index}`, `10.76.${process.pid % 200}`, at.index * 4);
  const port = `port${at.index}`;
  const addresses = of.hosts.map((host) => `${net}.${host}`);
  await ip("-n", at.middle, "link", "add", port, "type", "veth", "peer", "name", "net0", "netns", side.namespace);
  await ip("-n", at.middle, "link", "set", port, "master", "switch", "up");
  for (const address of addresses) {
    await inside(side, ["ip", "addr", "add", `${address}/${mask}`, "dev", "net0"]);
    await ip("route", "add", `${address}/32`, "via", side.address);
  }
  await inside(side, ["ip", "link", "set", "net0", "up"]);
  return { ...side, addresses, port };
}
