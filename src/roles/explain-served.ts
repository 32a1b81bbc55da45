/**
 * Who serves an answer: the last link of the chain of evidence. Each watched nameserver and each outlet of the zone
 * either holds the serial with the answer, or is named with what is wrong and since when.
 */
import { listed } from "../base/listed.ts";
import type { Wall } from "../base/time.ts";
import type { ExplanationStep, NameserverView, OutletView } from "../core/view.ts";

/** Names in one sentence. */
const namesMax = 6;

export interface Served {
  readonly origin: string;
  readonly serial: number;
  readonly nameservers: readonly NameserverView[];
  readonly outlets: readonly OutletView[];
  readonly now: Wall;
  /** A span of milliseconds in words. */
  readonly span: (ms: number) => string;
}

/** Null: the zone has no serial yet, or nobody is watched. */
export function explainServed(served: Served): ExplanationStep | null {
  const { origin, serial } = served;
  const nameservers = served.nameservers.filter(({ zone }) => zone === origin);
  const outlets = served.outlets.filter(({ zone }) => zone === origin);
  if (serial === 0 || nameservers.length + outlets.length === 0) return null;
  const parts = [
    ...(nameservers.length === 0 ? [] : [`is served by ${countText(nameservers.map(nameserverPlace))}`]),
    ...(outlets.length === 0 ? [] : [`is in place at ${countText(outlets.map(outletPlace))}`]),
  ];
  const late = [...nameservers.map(nameserverPlace), ...outlets.map(outletPlace)].filter(({ holds }) => !holds);
  const because = late.map(({ lastSerial, name, reason, rule, since, state }) => ({
    rule,
    subject: name,
    sentence:
      state === "unknown"
        ? `${name} is not known yet: ${reason}`
        : `${name} is ${state} for ${served.span(served.now - since)}: ${reason}${lastText(lastSerial, serial)}`,
    because: [],
  }));
  const sentence = `zone ${origin} with serial ${serial}, which holds this, ${parts.join(", and ")}`;
  return { rule: "publish/served", subject: origin, sentence, because };
}

interface Place {
  readonly name: string;
  readonly holds: boolean;
  readonly rule: string;
  readonly state: string;
  readonly since: Wall;
  readonly reason: string;
  readonly lastSerial: number | null;
}

/** `ns2.example.org (192.0.2.53:53)`, the same in every sentence. */
export function nameserverText({ endpoint, name }: Pick<NameserverView, "endpoint" | "name">): string {
  const known = name === "embedded" ? "muster itself" : name;
  return endpoint === "" ? known : `${known} (${endpoint})`;
}

function nameserverPlace(nameserver: NameserverView): Place {
  const { reason, serial, since, state } = nameserver;
  const rule = `nameserver/${state}`;
  return {
    name: nameserverText(nameserver),
    holds: state === "in-step",
    rule,
    state,
    since,
    reason,
    lastSerial: serial,
  };
}

function outletPlace({ name, reason, serial, since, state }: OutletView): Place {
  return { name, holds: state === "in-step", rule: `outlet/${state}`, state, since, reason, lastSerial: serial };
}

/** What nobody has asked yet counts neither way. */
function countText(all: readonly Place[]): string {
  const places = all.filter(({ state }) => state !== "unknown");
  const holding = places.filter(({ holds }) => holds).map(({ name }) => name);
  if (holding.length === 0) return places.length === 0 ? "nobody that is known" : `none of ${places.length}`;
  const names = listed(holding, namesMax);
  return holding.length === places.length ? names : `${holding.length} of ${places.length}: ${names}`;
}

function lastText(serial: number | null, wanted: number): string {
  return serial === null || serial === wanted ? "" : `; last seen there: serial ${serial}`;
}
