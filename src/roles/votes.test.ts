/** Watchers' words and the controller's own probes, joined: who is removed, and who is not. */
import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import { fixtureConfig } from "../core/fixtures.ts";
import type { Config, Verdict, WatchConfig } from "../core/model.ts";
import { viewWatchers } from "./watcher-view.ts";
import { Drive, good, poolOf } from "./drive.ts";
import { simulateFailure } from "./simulate.ts";

const address = "192.0.2.1";
const bad: Verdict = { kind: "down", tookMs: 1, reason: "connection refused" };
const watch: WatchConfig = {
  listen: { address: "127.0.0.1", port: 8054 },
  selfVotes: true,
  watchers: ["fra", "nyc"].map((name) => ({ name, votes: true, references: [] })),
};

interface Says {
  readonly health?: "up" | "down";
  readonly sick?: string;
  readonly suspected?: boolean;
}

class Watched extends Drive {
  constructor(changes: Partial<Config> = {}) {
    super(fixtureConfig([poolOf([address, "192.0.2.2"])], { watch, ...changes }));
    this.run(1500);
    this.says("fra", { health: "up" });
    this.says("nyc", { health: "up" });
  }

  get target() {
    const target = this.controller.state.targetBySlot.find(({ target: { address: own } }) => own === address);
    if (target === undefined) throw new Error("no target");
    return target;
  }

  /** One watcher's word on the first member; without a health only a sign of life. */
  says(watcher: string, { health, sick, suspected = false }: Says): void {
    const word = {
      targetId: this.target.target.id,
      reason: `${health} for ${watcher}`,
      fault: health === "down" ? ("timed-out" as const) : null,
      since: wall(0),
      suspected,
      able: true,
    };
    const words = health === undefined ? [] : [{ ...word, health }];
    this.step({ kind: "watcher-reported", report: { watcher, words, sick: sick ?? null } });
  }

  /** The controller sees only the first member fail; watchers give signs of life each 500 ms. */
  fails(ms: number, alive: readonly string[] = ["fra", "nyc"]): void {
    for (const end = this.ms + ms; this.ms < end; this.ms++) {
      if (this.ms % 500 === 0) for (const name of alive) this.says(name, {});
      for (const effect of this.step({ kind: "tick" })) {
        if (effect.kind !== "probe") continue;
        const verdict = effect.target.address === address ? bad : good;
        this.step({ kind: "verdict", targetId: effect.target.id, probe: effect.probe, verdict });
      }
    }
  }
}

test("D6 a member that fails for the controller alone stays, and the disagreement is told once", () => {
  const drive = new Watched();
  drive.fails(20_000);
  expect(drive.answer()).toContain(address);
  expect(drive.told("trouble")).toEqual([
    "192.0.2.1 is up from fra, nyc, down from self (connection refused): route, not server",
  ]);
});

test("D6 a member that fails for a majority leaves at the second voice, and comes back by the votes", () => {
  const drive = new Watched();
  drive.fails(2000);
  expect(drive.answer()).toContain(address);
  drive.says("fra", { health: "down" });
  expect(drive.answer()).toBe("192.0.2.2");
  expect(drive.told("health").at(-1)).toBe(
    "192.0.2.1 is down: route, not server: down from self, fra (connection refused), up from nyc",
  );
  drive.fails(20);
  drive.says("fra", { health: "up" });
  expect(drive.answer()).toContain(address);
});

test("D6 watchers remove a member that the controller alone can reach", () => {
  const drive = new Watched();
  drive.says("fra", { health: "down" });
  expect(drive.answer()).toContain(address);
  drive.says("nyc", { health: "down" });
  expect(drive.answer()).toBe("192.0.2.2");
});

test("D6 watchers that are late do not vote: too few are left, and nobody is removed", () => {
  const drive = new Watched();
  drive.says("fra", { health: "down" });
  drive.run(4000);
  drive.fails(4000, []);
  expect(drive.answer()).toContain(address);
  expect(drive.told("trouble").at(-1)).toBe(
    "192.0.2.1 is down from self (connection refused), but only 1 vote where 2 must agree: frozen, and not removed",
  );
});

test("D6 a watcher whose own references fail does not vote", () => {
  const drive = new Watched();
  drive.fails(2000);
  drive.says("fra", { health: "down", sick: "none of its references answers" });
  expect(drive.answer()).toContain(address);
  expect(drive.told("trouble")).toContain("watcher fra does not vote at present: none of its references answers");
  drive.says("fra", {});
  drive.fails(1000);
  expect(drive.answer()).toBe("192.0.2.2");
});

test("a suspicion anywhere is looked into everywhere, at once", () => {
  const drive = new Watched();
  drive.effects.length = 0;
  drive.says("fra", { health: "up", suspected: true });
  const asked = drive.effects.filter(({ kind }) => kind === "confirm-afar");
  expect(asked).toEqual([{ kind: "confirm-afar", targetId: drive.target.target.id, except: "fra" }]);
  const probes = drive.step({ kind: "tick" }).filter(({ kind }) => kind === "probe");
  expect(probes).toMatchObject([{ target: { address }, fresh: true }]);
});

test("the controller's own suspicion asks every watcher", () => {
  const drive = new Watched();
  drive.effects.length = 0;
  drive.fails(1001);
  expect(drive.effects).toContainEqual({ kind: "confirm-afar", targetId: drive.target.target.id, except: null });
});

test("a controller that does not vote removes nobody and is still shown", () => {
  const drive = new Watched({ watch: { ...watch, selfVotes: false } });
  drive.says("fra", { health: "up" });
  drive.says("nyc", { health: "up" });
  drive.fails(5000);
  expect(drive.target.judgement.health).toBe("up");
  drive.says("fra", { health: "down" });
  drive.says("nyc", { health: "down" });
  expect(drive.target.judgement.health).toBe("down");
});

test("a simulated failure is seen from everywhere", () => {
  const drive = new Watched();
  const fault = { targetIds: [drive.target.target.id], how: "refused" } as const;
  const { answers } = simulateFailure(drive.controller.state, fault, drive.now);
  expect(answers).toMatchObject([{ after: ["192.0.2.2"] }]);
});

test("a reload that takes the watchers away leaves the controller to decide alone, and keeps what it knows", () => {
  const drive = new Watched();
  drive.says("fra", { health: "down" });
  drive.says("nyc", { health: "down" });
  expect(drive.target.judgement.health).toBe("down");
  const config = fixtureConfig([poolOf([address, "192.0.2.2"])]);
  drive.step({ kind: "configured", config, sentences: [] });
  expect([drive.target.panel, drive.target.judgement.health]).toEqual([null, "down"]);
  drive.run(2500);
  expect(drive.target.judgement.health).toBe("up");
});

test("without watchers there is no panel, and nothing is asked elsewhere", () => {
  const drive = new Drive(fixtureConfig([poolOf([address])]));
  drive.run(3000);
  expect(drive.controller.state.targetBySlot.every(({ panel }) => panel === null)).toBe(true);
  expect(drive.effects.filter(({ kind }) => kind.endsWith("-afar"))).toEqual([]);
});

test("D6 who is heard, who is late or sick, and who finds otherwise", () => {
  const drive = new Watched();
  const seen = () => {
    const watchers = viewWatchers(drive.controller.state, drive.now);
    return watchers.map(({ differs, name, state, targets }) => `${name} ${state} ${differs}/${targets}`);
  };
  drive.says("fra", { health: "up" });
  drive.says("nyc", { health: "down" });
  expect(seen()).toEqual(["fra well 0/1", "nyc well 1/1"]);
  drive.says("nyc", { health: "down", sick: "none of its references answers" });
  drive.run(2000);
  expect(seen()).toEqual(["fra well 0/1", "nyc sick 1/1"]);
  drive.run(3000);
  const [fra] = viewWatchers(drive.controller.state, drive.now);
  const unheard = new Drive(fixtureConfig([poolOf([address])], { watch })).controller;
  expect(viewWatchers(unheard.state, drive.now)).toMatchObject([{ state: "silent", heardAt: null }, { name: "nyc" }]);
  expect([fra?.state, (fra?.heardAt ?? 0) + 5000]).toEqual(["late", drive.now.wall]);
});

test("D6 a watcher that falls silent is told of once, and so is its return; one that never came after a minute", () => {
  const drive = new Watched();
  const told = () => drive.told("trouble").filter((sentence) => sentence.startsWith("watcher"));
  drive.fails(3000, ["fra"]);
  expect(told()).toEqual([]);
  drive.fails(3000, ["fra"]);
  expect(told()).toEqual(["watcher nyc is not heard for 4 s, and does not vote"]);
  drive.says("nyc", {});
  expect(told().slice(1)).toEqual(["watcher nyc is heard again"]);
  const alone = new Drive(fixtureConfig([poolOf([address])], { watch }));
  alone.run(59_000);
  expect(alone.told("trouble")).toEqual([]);
  alone.run(2000);
  expect(alone.told("trouble")).toContain("watcher fra is not heard since the start, and does not vote");
});
