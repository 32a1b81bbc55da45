/**
 * What the benchmarks ask of muster's API. The moment of a decision is the time that muster itself wrote into the event;
 * it is in whole milliseconds of Unix time and cut, not rounded, so what is measured from it is never too short.
 */
interface Events {
  readonly events: readonly { readonly id: number; readonly at: number; readonly kind: string }[];
}

/** Drains a member; the answer is the moment of the decision, in `performance.now()`. */
export async function drainMember(api: string, member: string): Promise<number> {
  const body = JSON.stringify({ member, kind: "drain", reason: "benchmark", owner: "bench" });
  const headers = { "content-type": "application/json" };
  await request(`${api}/api/v1/overrides`, { method: "POST", body, headers });
  return lastOverrideAt(api, member);
}

export async function enableMember(api: string, member: string): Promise<number> {
  await request(`${api}/api/v1/overrides/${encodeURIComponent(member)}?owner=bench`, { method: "DELETE" });
  return lastOverrideAt(api, member);
}

/** Reads the configuration and the zone files again. */
export function reloadConfig(api: string): Promise<unknown> {
  return request(`${api}/api/v1/reload`, { method: "POST" });
}

async function lastOverrideAt(api: string, member: string): Promise<number> {
  const found = (await request(`${api}/api/v1/events?subject=${encodeURIComponent(member)}`, {})) as Events;
  const last = found.events.filter((it) => it.kind === "override").toSorted((a, b) => b.id - a.id)[0];
  if (last === undefined) throw new Error(`muster has no event for the override of ${member}`);
  return last.at - wallOffset();
}

/** Unix time minus `performance.now()`, read at the instant at which the former ticks. */
function wallOffset(): number {
  const first = Date.now();
  for (;;) {
    const wall = Date.now();
    if (wall !== first) return wall - performance.now();
  }
}

async function request(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${init.method ?? "GET"} ${url}: ${response.status} ${text.slice(0, 500)}`);
  return JSON.parse(text);
}
