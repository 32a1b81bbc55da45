/**
 * What happens between places: routes that break for one vantage point only, watchers that are cut off, sick, late or
 * started again, and references that answer nobody. The controller's own network is broken only where something can tell
 * that it is: references, or other vantage points.
 */
import { anyMember, type Fault, type Life, pick } from "../life.ts";
import type { Site } from "../world.ts";
import type { Vantage } from "../vantage.ts";
import { setCondition } from "./members.ts";

/** A vantage point, the controller among them; null: nothing could tell that it is broken. */
function anySite({ host, prng, world }: Life): Site | null {
  const sites = host.afar.vantages.map(({ site }) => site);
  const canTell = sites.length > 0 || host.config.references.length > 0;
  return canTell ? pick(prng, [world.home, ...sites]) : null;
}

function changed({ promises, world }: Life): void {
  promises.noteSound(world.agenda.now);
}

const cut: Fault = (life) => {
  const site = anySite(life);
  if (site === null) return;
  site.isCut = !site.isCut;
  life.note(`${site.name} is ${site.isCut ? "cut off" : "back on the network"}`);
  changed(life);
};

const sick: Fault = (life) => {
  const site = anySite(life);
  if (site === null) return;
  site.isSick = !site.isSick;
  life.note(`${site.name} is ${site.isSick ? "sick" : "well"}`);
  changed(life);
};

const route: Fault = (life) => {
  const site = anySite(life);
  if (site === null || life.host.afar.vantages.length === 0) return;
  const { address } = anyMember(life);
  if (!site.noRoute.delete(address)) site.noRoute.add(address);
  life.note(`${site.name} has ${site.noRoute.has(address) ? "no" : "a"} route to ${address}`);
  changed(life);
};

function onWatcher(act: (vantage: Vantage, life: Life) => string): Fault {
  return (life) => {
    const { vantages } = life.host.afar;
    if (vantages.length === 0) return;
    const vantage = pick(life.prng, vantages);
    life.note(`${vantage.site.name} ${act(vantage, life)}`);
    changed(life);
  };
}

const link = onWatcher((vantage) => {
  vantage.setLink(!vantage.link.isUp);
  return vantage.link.isUp ? "is linked again" : "loses its link";
});

const delay = onWatcher((vantage, { prng }) => {
  vantage.link.delayMs = pick(prng, [1, 20, 300, 3000]);
  return `is ${vantage.link.delayMs} ms away`;
});

const restart = onWatcher((vantage) => {
  vantage.restart();
  return "starts again";
});

const reference: Fault = (life) => {
  const { references, watch } = life.host.config;
  const all = [...references, ...(watch?.watchers ?? []).flatMap((watcher) => watcher.references)];
  if (all.length === 0) return;
  const { address } = pick(life.prng, all);
  const condition = pick(life.prng, ["serving", "stopped", "frozen"] as const);
  life.note(`reference ${address} is ${condition}`);
  setCondition(life, address, condition);
  changed(life);
};

/** Every place is well, linked and near. */
export function restoreSites({ host, world }: Life): void {
  for (const site of [world.home, ...host.afar.vantages.map((vantage) => vantage.site)]) {
    Object.assign(site, { isSick: false, isCut: false });
    site.noRoute.clear();
  }
  for (const vantage of host.afar.vantages) {
    vantage.link.delayMs = 5;
    vantage.setLink(true);
  }
}

export const elsewhereFaults: readonly Fault[] = [cut, sick, route, link, delay, restart, reference];
