/**
 * What happens to other nameservers: those that are updated are down, refuse, are slow, and somebody else writes to them;
 * secondaries stop taking transfers.
 */
import { rrType } from "../../src/dns/rr-types.ts";
import { textName } from "../../src/dns/name.ts";
import { anyPool, type Fault, type Life, pick } from "../life.ts";
import type { OtherServer, ServerMood } from "../other-server.ts";

const moods: readonly ServerMood[] = ["works", "works", "down", "down", "refuses", "slow"];

function onServer(act: (server: OtherServer, life: Life) => string): Fault {
  return (life) => {
    const { others } = life.host;
    if (others.length === 0) return;
    const server = pick(life.prng, others);
    life.note(`nameserver ${server.parts.peer.address} ${act(server, life)}`);
  };
}

const mood = onServer((server, { prng }) => {
  server.mood = pick(prng, moods);
  return `is ${server.mood}`;
});

/** A managed set, at a name of muster's. */
const foreigner = onServer((server, life) => {
  const owner = textName(anyPool(life).name);
  const rdata = life.prng.next() < 0.5 ? [] : [Uint8Array.of(203, 0, 113, 88)];
  server.put({ owner, type: rrType.A, ttlSeconds: 300, rdata });
  life.promises.outlets.onDisturbed(server, life.world.agenda.now);
  return "is written to by somebody else";
});

/** A secondary that answers with what it has, and takes no transfers. */
const stuck: Fault = ({ host, note, prng }) => {
  if (host.secondaries.length === 0) return;
  const secondary = pick(prng, host.secondaries);
  secondary.isStuck = !secondary.isStuck;
  note(`secondary ${secondary.parts.peer.address} ${secondary.isStuck ? "takes no transfers" : "takes transfers"}`);
};

export function restoreNameservers({ host }: Life): void {
  for (const server of host.others) server.mood = "works";
  for (const secondary of host.secondaries) secondary.isStuck = false;
}

export const nameserverFaults: readonly Fault[] = [mood, mood, foreigner, stuck, stuck];
