import { expect, test } from "vitest";
import { createPrng } from "../base/prng.ts";
import { mono, type Now, wall } from "../base/time.ts";
import { textName } from "../dns/name.ts";
import { FileOutlet, type FileOutletStart } from "./file-outlet.ts";
import type { FileOutletEffect, FileOutletEvent, WrittenFile } from "./file-outlet-effects.ts";

const startWall = 1_700_000_000_000;

/** The machine with a clock, speaking in short lines: what it asks for, then what it tells. */
class Stage {
  readonly machine: FileOutlet;
  nowMs = 1000;
  #serial = 0;
  #request = 0;

  constructor(start: Partial<FileOutletStart> = {}) {
    const { now } = this;
    const usual = { zone: "example.org", name: "file /zone", canReload: true, republishMs: null };
    this.machine = new FileOutlet({ ...usual, now, prng: createPrng(1), ...start });
  }

  get now(): Now {
    return { mono: mono(this.nowMs), wall: wall(startWall + this.nowMs) };
  }

  /** Until the machine wants to be woken, and what it does then. */
  wake(): string {
    const waited = this.machine.nextWakeAt - this.nowMs;
    this.nowMs += waited;
    return `${Math.round(waited)} ms: ${this.step({ kind: "tick" })}`;
  }

  want(): string {
    this.#serial += 1;
    const zone = { origin: textName("example.org"), serial: this.#serial, sets: new Map(), changed: null };
    return this.step({ kind: "wanted", zone });
  }

  written(file: Partial<WrittenFile> = {}): string {
    const usual = { serial: this.#serial, written: true, raised: false, changedAt: null };
    return this.step({ kind: "written", request: this.#request, file: { ...usual, ...file } });
  }

  early(): string {
    return this.step({ kind: "early", request: this.#request });
  }

  overtaken(serial: number): string {
    return this.step({ kind: "overtaken", request: this.#request, serial });
  }

  reloaded(): string {
    return this.step({ kind: "reloaded", request: this.#request });
  }

  looked(isSame: boolean): string {
    return this.step({ kind: "looked", request: this.#request, isSame });
  }

  failed(reason: string): string {
    return this.step({ kind: "failed", request: this.#request, state: "refused", reason });
  }

  step(event: FileOutletEvent): string {
    const effects = this.machine.step(event, this.now);
    for (const effect of effects) if ("request" in effect) this.#request = effect.request;
    return effects.map(short).join(", ") || "-";
  }

  get state(): string {
    const { reason, serial, state } = this.machine.view;
    return `${state} ${serial}: ${reason}`;
  }
}

function short(effect: FileOutletEffect): string {
  switch (effect.kind) {
    case "write":
      return `write ${effect.zone.serial}${effect.mayRepeat ? " though repeated" : ""}`;
    case "ahead":
      return `ahead ${effect.serial}`;
    case "tell":
      return `${effect.level} "${effect.sentence.replace("file /zone: zone example.org: ", "")}"`;
    case "reload":
    case "look":
      return effect.kind;
  }
}

function inStep(start: Partial<FileOutletStart> = {}): Stage {
  const stage = new Stage(start);
  stage.want();
  stage.wake();
  stage.written();
  if (start.canReload !== false) stage.reloaded();
  return stage;
}

test("what is wanted is written, then read by the server, then in step", () => {
  const stage = new Stage();
  expect([stage.want(), stage.state]).toEqual(["-", "behind null: nothing was decided yet"]);
  expect(stage.wake()).toBe("20 ms: write 1");
  expect([stage.written(), stage.state]).toEqual(["reload", "behind null: nothing was decided yet"]);
  expect([stage.reloaded(), stage.state]).toEqual(["-", "in-step 1: the file is written and reloaded"]);
});

test("a burst is one write, what changes meanwhile another, and the newest counts", () => {
  const stage = new Stage();
  for (let i = 0; i < 10; i++) stage.want();
  expect(stage.wake()).toBe("20 ms: write 10");
  expect([stage.want(), stage.want(), stage.machine.nextWakeAt]).toEqual(["-", "-", Number.POSITIVE_INFINITY]);
  expect([stage.written({ serial: 10 }), stage.reloaded()]).toEqual(["reload", "-"]);
  expect(stage.state).toBe("behind 10: the file is written and reloaded");
  expect(stage.wake()).toBe("250 ms: write 12");
});

test("M13 after a start the server reads the file even if it was right, and never again without a change", () => {
  const stage = new Stage();
  stage.want();
  stage.wake();
  expect([stage.written({ written: false }), stage.reloaded()]).toEqual(["reload", "-"]);
  stage.want();
  stage.wake();
  expect([stage.written({ written: false }), stage.state]).toEqual([
    "-",
    "in-step 2: the file is written and reloaded",
  ]);
});

test("a reload that fails is told once, and tried again with the newest state after a rest that doubles", () => {
  const stage = new Stage();
  stage.want();
  stage.wake();
  stage.written();
  expect(stage.failed("it hangs")).toBe('warn "it hangs; it is tried again"');
  expect(stage.state).toBe("refused null: it hangs");
  stage.want();
  expect(stage.wake()).toBe("500 ms: write 2");
  expect([stage.written(), stage.failed("it hangs")]).toEqual(["reload", "-"]);
  expect(stage.wake()).toBe("1000 ms: write 2");
  expect([stage.written({ written: false }), stage.failed("no such zone")]).toEqual([
    "reload",
    'warn "no such zone; it is tried again"',
  ]);
  expect(stage.wake()).toBe("2000 ms: write 2");
  expect([stage.written({ written: false }), stage.reloaded()]).toEqual(["reload", 'info "it is in step again"']);
  expect(stage.state).toBe("in-step 2: the file is written and reloaded");
});

test("a rest never grows over a minute", () => {
  const stage = new Stage();
  stage.want();
  stage.wake();
  const rests = Array.from({ length: 10 }, () => [stage.failed("the disk is full"), stage.wake()][1]);
  expect(rests.slice(-4)).toEqual(["32000 ms: write 1", "60000 ms: write 1", "60000 ms: write 1", "60000 ms: write 1"]);
});

test("a zone that is not served yet is asked for again, and nobody is told", () => {
  const stage = new Stage();
  stage.want();
  stage.wake();
  expect([stage.early(), stage.wake()]).toEqual(["-", "250 ms: write 1"]);
});

test("M11 a file that is ahead is left alone until the zone has gone on above it", () => {
  const stage = new Stage();
  stage.want();
  stage.wake();
  expect(stage.overtaken(7)).toBe("ahead 7");
  expect(stage.state).toBe("behind null: it has serial 7, and the zone is not above it");
  stage.want();
  expect(stage.wake()).toBe("500 ms: write 2 though repeated");
  expect([stage.written(), stage.reloaded()]).toEqual(["reload", "-"]);
});

test("a zone that cannot go on above the file is told, with what to do", () => {
  const stage = new Stage();
  stage.want();
  stage.wake();
  stage.overtaken(7);
  stage.wake();
  const told =
    "it has serial 7, and the zone is not above it: raise the zone's serial, or remove the file; it is tried again";
  expect(stage.overtaken(7)).toBe(`ahead 7, warn "${told}"`);
  expect(stage.wake()).toBe("1000 ms: write 1 though repeated");
  expect([stage.written({ written: true }), stage.reloaded()]).toEqual(["reload", 'info "it is in step again"']);
});

test("the file is looked at now and then; what somebody else has changed is put right, and told", () => {
  const stage = inStep();
  expect(stage.wake()).toMatch(/^(5[4-9]|6[0-6])\d{3} ms: look$/);
  expect([stage.looked(true), stage.wake()]).toEqual(["-", expect.stringContaining("look")]);
  expect(stage.looked(false)).toBe("-");
  expect(stage.wake()).toBe("20 ms: write 1");
  expect(stage.written()).toBe('reload, drift "somebody else had changed what muster keeps there; it is put right"');
  expect(stage.reloaded()).toBe("-");
  stage.wake();
  stage.looked(false);
  stage.wake();
  expect([stage.written({ written: false }), stage.state]).toEqual([
    "-",
    "in-step 1: the file is written and reloaded",
  ]);
});

test("M10 a file that nobody has changed for long is written again, however often it was looked at", () => {
  const stage = new Stage({ canReload: false, republishMs: 3000, limits: { lookMs: 1000 } });
  stage.want();
  stage.wake();
  stage.written({ changedAt: stage.now.wall });
  expect(stage.wake()).toContain("look");
  stage.looked(true);
  stage.wake();
  stage.looked(true);
  const words = [stage.wake(), stage.looked(true), stage.wake(), stage.wake()].join(" ");
  expect(words).toContain("write 1");
  expect(stage.nowMs).toBeGreaterThanOrEqual(4000);
  expect(stage.written({ raised: true, changedAt: stage.now.wall })).toBe("-");
  expect(stage.state).toBe(
    "in-step 1: the file is written; its serial was raised, since nobody had changed it for long",
  );
});

test("an answer that comes too late counts for nothing", () => {
  const stage = new Stage();
  stage.want();
  stage.wake();
  expect(
    stage.step({ kind: "written", request: 0, file: { serial: 9, written: true, raised: false, changedAt: null } }),
  ).toBe("-");
  expect(stage.step({ kind: "reloaded", request: 1 })).toBe("-");
  expect(stage.state).toBe("behind null: nothing was decided yet");
});
