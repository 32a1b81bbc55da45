/**
 * The eight kinds of history of `sim/judgement.ts`, with real servers in a real network: six web servers at two sites. An act
 * says what it did as faults, from when to when nobody could reach which server; slow, lossy and own link lost have none.
 */
import type { HistoryKind } from "../../sim/judgement.ts";
import type { Fault } from "../parts/absences.ts";
import type { Member } from "../parts/nginx.ts";
import type { Places } from "../parts/places.ts";
import { pause } from "../parts/processes.ts";

export interface Scene {
  readonly places: Places;
  /** Three at `site1`, three at `site2`. */
  readonly members: readonly Member[];
  readonly faults: Fault[];
  readonly quick: boolean;
  readonly signal: AbortSignal;
}

/** Where all checkers are. */
export const checkerPlace = "checker";
export const sites = ["site1", "site2"] as const;
export const membersPerSite = 3;

const slowMs = 250;
const lossPercent = 5;
const faultMs = 10_000;
/** Flapping and restarts: a checker that looks every two seconds and waits for one can see it. */
const shortFaultMs = 6_000;
const restMs = 4_000;
const calmMs = 15_000;
const lossyMs = 30_000;
const quickMs = 6_000;

type Act = (scene: Scene, kind: HistoryKind) => Promise<void>;

export const acts: Readonly<Record<HistoryKind, Act>> = {
  crash: (scene, kind) => hold(scene, 0, { kind, how: "stop", ms: faultMs }),
  freeze: (scene, kind) => hold(scene, 1, { kind, how: "freeze", ms: faultMs }),
  slow: async (scene) => {
    const member = memberAt(scene, 2);
    await member.slow(slowMs);
    await pauseIn(scene, calmMs);
    await member.slow(0);
  },
  lossy: (scene) => lose(scene, { percent: lossPercent, ms: lossyMs }),
  "own link lost": (scene) => lose(scene, { percent: 100, ms: calmMs }),
  flapping: async (scene, kind) => {
    for (let round = 0; round < (scene.quick ? 2 : 3); round += 1) {
      await hold(scene, 3, { kind, how: "stop", ms: shortFaultMs });
      await pause(shortFaultMs, scene.signal);
    }
  },
  "rolling restart": async (scene, kind) => {
    for (let i = 0; i < (scene.quick ? 2 : scene.members.length); i += 1) {
      await hold(scene, i, { kind, how: "stop", ms: shortFaultMs });
      await pause(restMs, scene.signal);
    }
  },
  "site loss": async (scene, kind) => {
    const [, site] = sites;
    const from = performance.now();
    await scene.places.lose(site, 100);
    const lost = scene.members.slice(membersPerSite).map(({ address }) => ({ kind, address, from, to: Infinity }));
    const first = scene.faults.push(...lost) - lost.length;
    await pauseIn(scene, faultMs);
    await scene.places.mend(site);
    const to = performance.now();
    for (const [i, fault] of lost.entries()) scene.faults[first + i] = { ...fault, to };
  },
};

export const actsText = `slow: ${slowMs} ms late; lossy: ${lossPercent} % of the packets, each way, between the checkers' place and all others, \
for ${lossyMs / 1000} s; own link lost: all of them, for ${calmMs / 1000} s; site loss: three of six, all packets lost; \
flapping and rolling restart: down for ${shortFaultMs / 1000} s each time`;

function memberAt({ members }: Scene, index: number): Member {
  const member = members[index];
  if (member === undefined) throw new Error(`no member ${index}`);
  return member;
}

function pauseIn({ quick, signal }: Scene, ms: number): Promise<void> {
  return pause(quick ? Math.min(ms, quickMs) : ms, signal);
}

async function lose(scene: Scene, of: { percent: number; ms: number }): Promise<void> {
  await scene.places.lose(checkerPlace, of.percent);
  await pauseIn(scene, of.ms);
  await scene.places.mend(checkerPlace);
}

async function hold(
  scene: Scene,
  index: number,
  fault: { readonly kind: HistoryKind; readonly how: "stop" | "freeze"; readonly ms: number },
): Promise<void> {
  const member = memberAt(scene, index);
  const from = fault.how === "stop" ? member.stop() : await member.freeze();
  const { address } = member;
  const at = scene.faults.push({ kind: fault.kind, address, from, to: Infinity }) - 1;
  await pauseIn(scene, fault.ms);
  await member.revive();
  scene.faults[at] = { kind: fault.kind, address, from, to: performance.now() };
}
