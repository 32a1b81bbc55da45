import { describe, expect, test } from "vitest";
import { createPrng } from "../base/prng.ts";
import { mono, type Now, wall } from "../base/time.ts";
import { ownerTypeKey, textName } from "../dns/name.ts";
import { rrType } from "../dns/rr-types.ts";
import type { RRset } from "../dns/types.ts";
import { UpdateOutlet } from "./update-outlet.ts";
import type { UpdateOutletEffect, UpdateOutletEvent } from "./update-outlet-effects.ts";
import type { FailureCause, UpdateOutletLimits } from "./update-outlet-limits.ts";

function a(name: string, ...hosts: readonly number[]): RRset {
  const rdata = hosts.map((host) => Uint8Array.of(192, 0, 2, host));
  return { owner: textName(`${name}.example.org`), type: rrType.A, ttlSeconds: hosts.length > 0 ? 60 : 0, rdata };
}

/** `www 1+2`: a set in short. */
function short({ owner, rdata }: RRset): string {
  return `${owner.slice(1, 1 + owner.charCodeAt(0))} ${rdata.map((octets) => octets[3]).join("+") || "-"}`;
}

/** The machine with a clock, speaking in short lines. */
class Stage {
  readonly sentences: string[] = [];
  readonly machine: UpdateOutlet;
  readonly wanted = new Map<string, RRset>();
  nowMs = 1000;
  #serial = 0;
  #request = 0;

  constructor(limits: Partial<UpdateOutletLimits> = {}) {
    const start = { zone: "example.org", name: "update 192.0.2.53:53", prng: createPrng(1), limits };
    this.machine = new UpdateOutlet({ ...start, now: this.now });
  }

  get now(): Now {
    return { mono: mono(this.nowMs), wall: wall(1_700_000_000_000 + this.nowMs) };
  }

  want(...sets: readonly RRset[]): string {
    for (const set of sets) this.wanted.set(ownerTypeKey(set), set);
    return this.tell(sets);
  }

  drop(set: RRset): string {
    this.wanted.delete(ownerTypeKey(set));
    return this.tell([set]);
  }

  tell(changed: readonly RRset[] | null): string {
    this.#serial += 1;
    const zone = { origin: textName("example.org"), serial: this.#serial, sets: this.wanted, changed };
    return this.step({ kind: "wanted", zone });
  }

  found(...sets: readonly RRset[]): string {
    const answers = sets.map((set) => ({ kind: "set", set }) as const);
    return this.step({ kind: "found", request: this.#request, sets: answers });
  }

  blocked(reason: string): string {
    return this.step({ kind: "found", request: this.#request, sets: [{ kind: "blocked", reason }] });
  }

  written(): string {
    return this.step({ kind: "written", request: this.#request });
  }

  failed(cause: FailureCause, reason = "because"): string {
    return this.step({ kind: "failed", request: this.#request, cause, reason });
  }

  /** Lets time pass until the machine wants to be woken. */
  wake(): string {
    this.nowMs = this.machine.nextWakeAt;
    return this.step({ kind: "tick" });
  }

  step(event: UpdateOutletEvent): string {
    return this.machine
      .step(event, this.now)
      .map((effect) => this.#line(effect))
      .filter(Boolean)
      .join("; ");
  }

  #line(effect: UpdateOutletEffect): string {
    switch (effect.kind) {
      case "tell":
        this.sentences.push(effect.sentence);
        return "";
      case "ask":
        this.#request = effect.request;
        return `ask ${effect.sets.map(({ owner }) => owner.slice(1, 1 + owner.charCodeAt(0))).join(", ")}`;
      case "write":
        this.#request = effect.request;
        return effect.changes
          .map(({ after, before }) => `${short(before)} -> ${short(after).split(" ")[1]}`)
          .join(", ");
    }
  }

  get state(): string {
    const { serial, state } = this.machine.view;
    return `${state} ${serial}`;
  }
}

/** In step with one set, www 1. */
function settled(limits: Partial<UpdateOutletLimits> = {}): Stage {
  const stage = new Stage(limits);
  expect(stage.want(a("www", 1))).toBe("ask www");
  expect(stage.found(a("www", 1))).toBe("");
  expect(stage.state).toBe("in-step 1");
  return stage;
}

describe("a change", () => {
  test("a server that nothing is known of is asked first, and gets only what differs", () => {
    const stage = new Stage();
    expect(stage.want(a("www", 1), a("mail", 2), a("ftp", 3))).toBe("ask www, mail, ftp");
    expect(stage.found(a("www", 1), a("mail"), a("ftp", 9))).toBe("ftp 9 -> 3, mail - -> 2");
    expect(stage.state).toBe("behind null");
    expect(stage.written()).toBe("");
    expect(stage.state).toBe("in-step 1");
    expect(stage.sentences).toEqual([]);
  });

  test("is sent at once, with what it replaces; what changes meanwhile goes next, newest only", () => {
    const stage = settled();
    expect(stage.want(a("www", 2))).toBe("www 1 -> 2");
    expect(stage.want(a("www", 3))).toBe("");
    expect(stage.want(a("www", 4), a("mail", 5))).toBe("");
    expect(stage.state).toBe("behind 1");
    expect(stage.written()).toBe("ask mail");
    expect(stage.found(a("mail"))).toBe("mail - -> 5, www 2 -> 4");
    expect(stage.written()).toBe("");
    expect(stage.state).toBe("in-step 4");
  });

  test("that is taken back while the request is away is taken back there, and one before it leaves is not sent", () => {
    const stage = settled();
    expect(stage.want(a("www", 2))).toBe("www 1 -> 2");
    expect(stage.want(a("www", 1))).toBe("");
    expect(stage.written()).toBe("www 2 -> 1");
    expect(stage.want(a("www", 3))).toBe("");
    expect(stage.want(a("www", 1))).toBe("");
    expect(stage.written()).toBe("");
    expect(stage.state).toBe("in-step 5");
  });

  test("a set that left the configuration is removed and then forgotten", () => {
    const stage = settled();
    expect(stage.drop(a("www"))).toBe("www 1 -> -");
    expect(stage.written()).toBe("");
    expect(stage.wake()).toBe("");
    expect(stage.state).toBe("in-step 2");
  });

  test("a TTL alone is a change, the order of records is none", () => {
    const stage = new Stage();
    stage.want(a("www", 1, 2));
    expect(stage.found(a("www", 2, 1))).toBe("");
    expect(stage.want({ ...a("www", 1, 2), ttlSeconds: 5 })).toBe("www 2+1 -> 1+2");
  });

  test("many sets are asked for in portions and written in requests of limited size", () => {
    const stage = new Stage({ askSetsMax: 2, writeOctetsMax: 100 });
    expect(stage.want(a("a", 1), a("b", 1), a("c", 1))).toBe("ask a, b");
    expect(stage.found(a("a"), a("b"))).toBe("a - -> 1");
    expect(stage.written()).toBe("ask c");
    expect(stage.found(a("c"))).toBe("b - -> 1");
    expect(stage.written()).toBe("c - -> 1");
    expect(stage.written()).toBe("");
    expect(stage.state).toBe("in-step 1");
  });

  test("a late answer to a request that was given up does not count", () => {
    const stage = settled();
    stage.want(a("www", 2));
    stage.failed("lost");
    expect(stage.step({ kind: "written", request: 2 })).toBe("");
    expect(stage.state).toBe("behind 1");
  });
});

describe("what goes wrong", () => {
  test("a prerequisite that fails: asked, told, and mended with what was found", () => {
    const stage = settled();
    stage.want(a("www", 2));
    expect(stage.failed("stale")).toBe("ask www");
    expect(stage.found(a("www", 9))).toBe("www 9 -> 2");
    expect(stage.sentences).toEqual([
      "update 192.0.2.53:53: zone example.org: www.example.org. A is 192.0.2.9 (TTL 60) there, though muster knew " +
        "192.0.2.1 (TTL 60); it is set to 192.0.2.2 (TTL 60) again",
    ]);
    stage.written();
    expect(stage.state).toBe("in-step 2");
  });

  test("another writer that wrote the same is no drift", () => {
    const stage = settled();
    stage.want(a("www", 2));
    expect(stage.failed("stale")).toBe("ask www");
    expect(stage.found(a("www", 2))).toBe("");
    expect([stage.state, stage.sentences]).toEqual(["in-step 2", []]);
  });

  test("against a writer that never stops, it rests longer and longer", () => {
    const stage = settled();
    stage.want(a("www", 2));
    const rests: number[] = [];
    for (let i = 0; i < 12; i++) {
      const before = stage.nowMs;
      const line = stage.failed("stale") || stage.wake();
      rests.push(stage.nowMs - before);
      expect(line).toBe("ask www");
      expect(stage.found(a("www", 100 + i))).toBe(`www ${100 + i} -> 2`);
    }
    expect(rests[0]).toBe(0);
    expect(rests.at(-1)).toBeGreaterThan(4000);
    expect(Math.max(...rests)).toBeLessThanOrEqual(10_000);
  });

  test("a lost outcome: asked before anything is written, and neither value is drift", () => {
    for (const there of [1, 2]) {
      const stage = settled();
      stage.want(a("www", 2));
      expect(stage.failed("lost")).toBe("ask www");
      expect(stage.want(a("www", 3))).toBe("");
      expect(stage.found(a("www", there))).toBe(`www ${there} -> 3`);
      expect(stage.sentences).toEqual([]);
    }
  });

  test("P4 an unreachable server is told of once, asked with pauses, and gets exactly what it missed", () => {
    const stage = settled();
    stage.want(a("mail", 5));
    stage.found(a("mail", 5));
    stage.want(a("www", 2));
    expect(stage.failed("unreachable", "connection refused")).toBe("");
    expect(stage.state).toBe("unreachable 2");
    expect(stage.want(a("www", 3))).toBe("");
    expect(stage.want(a("www", 4))).toBe("");
    for (let i = 0; i < 20; i++) {
      const before = stage.nowMs;
      expect(stage.wake()).toBe("ask www, mail");
      expect(stage.nowMs - before).toBeLessThanOrEqual(10_000);
      stage.failed("unreachable", "connection refused");
    }
    expect(stage.wake()).toBe("ask www, mail");
    expect(stage.found(a("www", 1), a("mail", 5))).toBe("www 1 -> 4");
    stage.written();
    expect(stage.state).toBe("in-step 5");
    expect(stage.sentences).toEqual([
      "update 192.0.2.53:53: zone example.org: connection refused; it is asked again, and gets what it missed",
      "update 192.0.2.53:53: zone example.org: it is in step again",
    ]);
  });

  test("a server that refuses is told of once and tried again with longer pauses", () => {
    const stage = settled();
    stage.want(a("www", 2));
    for (let i = 0; i < 10; i++) {
      expect(stage.failed("refused", "it answers REFUSED")).toBe("");
      expect(stage.state).toBe("refused 1");
      const before = stage.nowMs;
      expect(stage.wake()).toBe("ask www");
      expect(stage.nowMs - before).toBeGreaterThanOrEqual(1000);
      expect(stage.nowMs - before).toBeLessThanOrEqual(60_000);
      expect(stage.found(a("www", 1))).toBe("www 1 -> 2");
      expect(stage.state).toBe("refused 1");
    }
    stage.written();
    expect(stage.state).toBe("in-step 2");
    expect(stage.sentences.length).toBe(2);
  });

  test("a server that refuses to be asked stays refused while nothing is known of it", () => {
    const stage = settled();
    stage.nowMs = stage.machine.nextWakeAt;
    expect(stage.step({ kind: "tick" })).toBe("ask www");
    stage.failed("refused", "it answers SERVFAIL");
    expect(stage.state).toBe("refused 1");
    expect(stage.wake()).toBe("ask www");
    expect(stage.found(a("www", 1))).toBe("");
    expect(stage.state).toBe("in-step 1");
  });

  test("a name that is an alias there is refused with the reason, and looked at again by each comparison", () => {
    const stage = new Stage();
    stage.want(a("www", 1));
    expect(stage.blocked("it is a CNAME there")).toBe("");
    expect(stage.machine.view).toMatchObject({ state: "refused", reason: "www.example.org.: it is a CNAME there" });
    expect(stage.want(a("www", 2))).toBe("");
    expect(stage.wake()).toBe("ask www");
    expect(stage.found(a("www"))).toBe("www - -> 2");
    stage.written();
    expect(stage.state).toBe("in-step 2");
  });

  test("what a wildcard answers is taken for nothing once a prerequisite on it failed", () => {
    const stage = new Stage();
    stage.want(a("www", 1), a("mail", 1));
    expect(stage.found(a("www", 7), a("mail", 8))).toBe("mail 8 -> 1, www 7 -> 1");
    expect(stage.failed("stale")).toBe("ask mail, www");
    expect(stage.found(a("mail", 8), a("www", 7))).toBe("mail 8 -> 1");
    expect(stage.written()).toBe("www 7 -> 1");
    expect(stage.failed("stale")).toBe("ask www");
    expect(stage.found(a("www", 7))).toBe("www - -> 1");
    stage.written();
    expect(stage.want(a("www"))).toBe("www 1 -> -");
    expect([stage.written(), stage.state]).toEqual(["", "in-step 2"]);
    expect(stage.wake()).toBe("ask mail, www");
    expect(stage.found(a("mail", 1), a("www", 7))).toBe("www 7 -> -");
    expect(stage.failed("stale")).toBe("ask www");
    expect(stage.found(a("www", 7))).toBe("www - -> -");
    expect([stage.written(), stage.state]).toEqual(["", "in-step 2"]);
    expect(stage.wake()).toBe("ask mail, www");
    expect([stage.found(a("mail", 1), a("www", 7)), stage.state]).toEqual(["", "in-step 2"]);
  });
});

describe("comparison", () => {
  test("finds what somebody else wrote, tells and mends it", () => {
    const stage = settled();
    expect(stage.wake()).toBe("ask www");
    expect(stage.nowMs).toBeLessThanOrEqual(1000 + 66_000);
    expect(stage.found(a("www", 66))).toBe("www 66 -> 1");
    expect(stage.sentences[0]).toContain("192.0.2.66 (TTL 60) there, though muster knew 192.0.2.1");
    stage.written();
    expect(stage.state).toBe("in-step 1");
  });

  test("looks again soon and then seldom at what was just written", () => {
    const stage = settled({ compareMs: 3_600_000 });
    stage.want(a("www", 2));
    stage.written();
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      const before = stage.nowMs;
      expect(stage.wake()).toBe("ask www");
      waits.push(stage.nowMs - before);
      stage.found(a("www", 2));
    }
    expect(waits).toEqual([2000, 4000, 8000, 16_000]);
  });

  test("a set that is changed again and again is mended by comparisons only", () => {
    const stage = settled({ compareMs: 60_000 });
    const asked: number[] = [];
    for (let i = 0; i < 8; i++) {
      const before = stage.nowMs;
      expect(stage.wake()).toBe("ask www");
      asked.push(stage.nowMs - before);
      expect(stage.found(a("www", 66))).toBe("www 66 -> 1");
      stage.written();
    }
    expect(Math.min(...asked.slice(5))).toBeGreaterThan(20_000);
  });

  test("everything is compared when that is wanted", () => {
    const stage = settled();
    expect(stage.tell(null)).toBe("ask www");
    expect(stage.found(a("www", 1))).toBe("");
    expect(stage.state).toBe("in-step 2");
  });
});
