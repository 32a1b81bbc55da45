/**
 * What every operator promises to those above it (API, commands, page), whatever stands behind: a running controller, or
 * the one in memory that their tests use. Each world has one zone with two pools, all of whose members are up:
 *
 *   www.example.org  round-robin  web1 192.0.2.10, web2 192.0.2.11, web3 2001:db8::12
 *   db.example.org   priority     db1 192.0.2.20 (1), db2 198.51.100.20 (2)
 */
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { LiveMessage, MemberView, Operator, PoolView } from "../../src/core/view.ts";

export interface OperatorWorld {
  readonly operator: Operator;
  close(): Promise<void>;
}

const www = "www.example.org";
const db = "db.example.org";
const drain = { kind: "drain", owner: "alice", reason: "new kernel", forMs: null } as const;

const by = (owner: string) => ({ owner, reason: "contract" });

export function operatorContract(name: string, setup: () => Promise<OperatorWorld>): void {
  describe(`operator contract: ${name}`, () => {
    let operator: Operator;
    beforeEach(async () => {
      const world = await setup();
      onTestFinished(() => world.close());
      ({ operator } = world);
    });

    function pool(wanted: string): PoolView {
      const found = operator.status().pools.find((one) => one.name === wanted);
      if (found === undefined) throw new Error(`the status lacks ${wanted}`);
      return found;
    }

    function member(label: string): MemberView {
      const found = [...pool(www).members, ...pool(db).members].find((one) => one.label === label);
      if (found === undefined) throw new Error(`the status lacks ${label}`);
      return found;
    }

    test("the status names pools and members, and who answers", () => {
      const { ready, zones } = operator.status();
      expect(ready).toBe(true);
      expect(zones.map(({ origin, pools, trouble }) => ({ origin, pools, trouble }))).toEqual([
        { origin: "example.org", pools: 2, trouble: null },
      ]);
      expect(pool(www).answer.addresses.toSorted()).toEqual(["192.0.2.10", "192.0.2.11", "2001:db8::12"]);
      expect(pool(db).answer).toMatchObject({ addresses: ["192.0.2.20"], activePriority: 1, lastResort: false });
      for (const { answer, members, name: poolName } of [pool(www), pool(db)]) {
        expect(members.map(({ id }) => id)).toEqual(members.map(({ address }) => `${poolName}/${address}`));
        const answering = members.filter((one) => one.answering).map(({ address }) => address);
        expect(answering.toSorted()).toEqual(answer.addresses.toSorted());
      }
    });

    test("an explanation begins with the decision; an unknown name has none", () => {
      const explanation = operator.explain(www);
      expect(explanation?.name).toBe(www);
      expect(explanation?.steps[0]).toMatchObject({ rule: pool(www).answer.rule });
      expect(explanation?.steps[0]?.because.length).toBeGreaterThanOrEqual(3);
      expect(operator.explain("nobody.example.com")).toBeNull();
    });

    test.each(["web1", "192.0.2.10", `${www}/192.0.2.10`])("a drain of %s takes the member out", async (selector) => {
      const outcome = await operator.setOverride({ ...drain, selector });
      expect(outcome).toMatchObject({ kind: "done", members: [{ label: "web1", override: { owner: "alice" } }] });
      const { answering, override } = member("web1");
      expect(answering).toBe(false);
      expect(override).toMatchObject({ kind: "drain", owner: "alice", reason: "new kernel", expiresAt: null });
      expect(override?.safeToStopAt).toBeGreaterThan(override?.setAt ?? Infinity);
      expect(pool(www).answer.addresses.toSorted()).toEqual(["192.0.2.11", "2001:db8::12"]);
    });

    test("an override ends when it should, or when it is cleared", async () => {
      await operator.setOverride({ ...drain, selector: "web1", forMs: 60_000 });
      const { override } = member("web1");
      expect(override?.expiresAt).toBe((override?.setAt ?? 0) + 60_000);
      expect(await operator.clearOverride("web1", by("bob"))).toMatchObject({
        kind: "done",
        members: [{ override: null }],
      });
      expect(member("web1")).toMatchObject({ override: null, answering: true });
      const again = await operator.clearOverride("web1", by("bob"));
      expect(again).toMatchObject({ kind: "done", sentences: [expect.stringContaining("web1 has no override")] });
    });

    test("nobody of that name: the nearest one is named, and nothing changes", async () => {
      const before = operator.status().pools;
      for (const outcome of [
        await operator.setOverride({ ...drain, selector: "web11" }),
        await operator.clearOverride("web11", by("bob")),
      ]) {
        expect(outcome).toMatchObject({ kind: "not-found", nearest: expect.stringMatching(/^web\d$/) });
        expect(outcome.kind === "not-found" && outcome.sentence).toContain('"web11"');
      }
      expect(operator.status().pools.map(({ answer }) => answer.addresses)).toEqual(
        before.map(({ answer }) => answer.addresses),
      );
    });

    test("without a fit member the last resort answers, and says so", async () => {
      for (const selector of ["db1", "db2"]) await operator.setOverride({ ...drain, selector });
      expect(pool(db).answer).toMatchObject({ lastResort: true });
      expect(pool(db).answer.addresses.toSorted()).toEqual(["192.0.2.20", "198.51.100.20"]);
    });

    test("a drained priority hands over to the next one", async () => {
      await operator.setOverride({ ...drain, selector: "db1" });
      expect(pool(db).answer).toMatchObject({ addresses: ["198.51.100.20"], activePriority: 2 });
    });

    test("only a pool with priorities fails back; an unknown one is not found", async () => {
      expect(await operator.failback(db, by("alice"))).toMatchObject({ kind: "done" });
      const refused = await operator.failback(www, by("alice"));
      expect(refused).toMatchObject({ kind: "refused", sentence: expect.stringContaining(www) });
      expect(await operator.failback("dbb.example.org", by("alice"))).toMatchObject({ kind: "not-found", nearest: db });
    });

    test("history has rising ids, the newest last, and can be asked in parts", async () => {
      for (const selector of ["web1", "web2", "db1"]) await operator.setOverride({ ...drain, selector });
      const all = await operator.history({ limit: 1000 });
      const ids = all.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
      expect(all.filter(({ kind }) => kind === "override").length).toBeGreaterThanOrEqual(3);
      expect(await operator.history({ limit: 2 })).toEqual(all.slice(-2));
      expect(await operator.history({ limit: 2, afterId: ids[0] ?? 0 })).toEqual(all.slice(1, 3));
    });

    test("a subscriber hears of a change, event and status, until it leaves", async () => {
      const heard: LiveMessage[] = [];
      const leave = operator.subscribe((message) => heard.push(message));
      await operator.setOverride({ ...drain, selector: "web2" });
      const events = () => heard.filter((message) => message.kind === "event" && message.event.kind === "override");
      const statuses = () =>
        heard
          .flatMap((message) => (message.kind === "status" ? message.status.pools : []))
          .flatMap((one) => one.members);
      await expect.poll(events).not.toEqual([]);
      await expect
        .poll(() => statuses().some(({ label, override }) => label === "web2" && override !== null))
        .toBe(true);
      leave();
      const count = heard.length;
      await operator.clearOverride("web2", by("bob"));
      expect(heard).toHaveLength(count);
    });

    test("a reset ends every override", async () => {
      for (const selector of ["web1", "db1"]) await operator.setOverride({ ...drain, selector });
      expect(await operator.reset({ owner: "alice", reason: "all is well" })).toMatchObject({ kind: "done" });
      expect([member("web1"), member("db1")]).toMatchObject([{ override: null }, { override: null }]);
    });

    test("a plan changes nothing, and a reload without a change says so", async () => {
      const before = operator.status().pools;
      expect(await operator.reload(null, null)).toMatchObject({ kind: "done", sentences: ["nothing changed"] });
      expect(operator.status().pools.map(({ answer }) => answer.addresses)).toEqual(
        before.map(({ answer }) => answer.addresses),
      );
    });
  });
}
