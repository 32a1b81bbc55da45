/**
 * Network namespaces, each with a clean veth pair to the root for what is no part of the measurement; and two of them that
 * reach each other only over a lossy path: each has a TUN interface whose packets `socat`
 * puts into UDP datagrams towards the relay in the root namespace, over a veth pair of its own that is clean; the
 * same veth serves to ask the checker's DNS. (The usual tool, netem, is not in every kernel.)
 */
import { onCleanup, runToEnd, startProcess, waitUntil } from "./processes.ts";
import { type Relay, startRelay } from "./relay.ts";

const debian = "iproute2";
const mtu = 1_400;

export interface Side {
  readonly namespace: string;
  /** Of the veth, reachable from the root namespace. */
  readonly address: string;
}

export interface LossyPath {
  readonly checker: Side;
  readonly members: Side;
  readonly memberAddresses: readonly string[];
  readonly relay: Relay;
}

export interface PathOptions {
  readonly seed: number;
  readonly loss: number;
  readonly delayMsMax: number;
  readonly members: number;
}

export async function createLossyPath(options: PathOptions): Promise<LossyPath> {
  const base = process.pid % 200;
  const checker = await createSide("c", `10.76.${base}`, 0);
  const members = await createSide("m", `10.76.${base}`, 4);
  const relay = await startRelay(options, [
    { address: `10.76.${base}.1`, peer: checker.address },
    { address: `10.76.${base}.5`, peer: members.address },
  ]);
  await openTunnel(checker, { local: "10.77.0.1", far: `10.76.${base}.1`, port: relay.ports[0] });
  await openTunnel(members, { local: "10.77.0.100", far: `10.76.${base}.5`, port: relay.ports[1] });
  const memberAddresses = Array.from({ length: options.members }, (_, i) => `10.77.0.${101 + i}`);
  for (const address of memberAddresses) await inside(members, ["ip", "addr", "add", `${address}/32`, "dev", "tun0"]);
  return { checker, members, memberAddresses, relay };
}

/** A namespace with a veth pair: `net.(offset+1)` on the root's side, `net.(offset+2)` inside. */
export async function createSide(letter: string, net: string, offset: number): Promise<Side> {
  const namespace = `muster-bench-${process.pid}-${letter}`;
  const veth = `mb${letter}${process.pid % 1_000_000}`;
  await ip("netns", "add", namespace);
  onCleanup(async () => {
    await ip("link", "del", veth).catch(() => "");
    await ip("netns", "del", namespace);
  });
  await ip("link", "add", veth, "type", "veth", "peer", "name", "clean0", "netns", namespace);
  await ip("addr", "add", `${net}.${offset + 1}/30`, "dev", veth);
  await ip("link", "set", veth, "up");
  const side = { namespace, address: `${net}.${offset + 2}` };
  await inside(side, ["ip", "link", "set", "lo", "up"]);
  await inside(side, ["ip", "addr", "add", `${side.address}/30`, "dev", "clean0"]);
  await inside(side, ["ip", "link", "set", "clean0", "up"]);
  return side;
}

async function openTunnel(side: Side, to: { local: string; far: string; port: number }): Promise<void> {
  const running = startProcess({
    command: "socat",
    args: [`TUN:${to.local}/24,tun-name=tun0,iff-no-pi,up`, `UDP:${to.far}:${to.port},bind=${side.address}:${to.port}`],
    debian: "socat",
    namespace: side.namespace,
  });
  await waitUntil(() => hasTunnel(side), { what: "socat's TUN interface", msMax: 5_000, running });
  await inside(side, ["ip", "link", "set", "tun0", "mtu", String(mtu)]);
}

async function hasTunnel(side: Side): Promise<boolean> {
  return inside(side, ["ip", "-o", "link", "show", "tun0", "up"]).then(
    (text) => text.includes("tun0"),
    () => false,
  );
}

export function inside(side: Side, command: readonly string[]): Promise<string> {
  return ip("netns", "exec", side.namespace, ...command);
}

export function ip(...args: string[]): Promise<string> {
  return runToEnd("ip", args, debian);
}
