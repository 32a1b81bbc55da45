/** Who is decided together with whom, and that nobody waits for ever. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { rcode } from "../../dns/message.ts";
import { nameText, textName } from "../../dns/name.ts";
import type { ZoneRequest } from "../../ports/nameserver.ts";
import { octetsTogetherMax, UpdateDesk, updateMsMax, updatesTogetherMax, updatesWaitingMax } from "./update-desk.ts";

type Group = Extract<ZoneRequest, { kind: "updates" }>;

const origin = textName("example.org");
const put = [{ owner: origin, type: 16, ttlSeconds: 60, rdata: [Uint8Array.of(0)] }];

/** The first octet of a message is the rcode that it is judged to have. */
class Scene {
  readonly groups: Group[] = [];
  readonly judged: number[] = [];
  listens = true;
  readonly desk = new UpdateDesk({
    judge: async (_origin, updates) => {
      this.judged.push(updates.length);
      return updates.map(({ message }) => ({ rcode: message[0] ?? 0, put: message[0] === 0 ? put : [], remove: [] }));
    },
    emit: (request) => {
      if (request.kind === "updates") this.groups.push(request);
      return this.listens;
    },
  });

  decide(code = 0, octets = 10, zone = origin): Promise<number> {
    const message = new Uint8Array(octets);
    message[0] = code;
    return this.desk.decide({ origin: zone, key: "k", message });
  }

  async answer(code: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(0);
    for (const { answer } of this.groups.shift()?.updates ?? []) answer(code);
    await vi.advanceTimersByTimeAsync(0);
  }
}

describe("updates of one zone", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("the first goes alone and at once, what comes meanwhile goes together, and each has its own answer", async () => {
    const scene = new Scene();
    const all = [0, 0, rcode.YXDOMAIN, 0].map((code) => scene.decide(code));
    await scene.answer(rcode.NOERROR);
    expect(scene.judged).toEqual([1, 3]);
    expect(scene.groups.map(({ updates }) => updates.length)).toEqual([2]);
    await scene.answer(rcode.NOERROR);
    expect(await Promise.all(all)).toEqual([0, 0, rcode.YXDOMAIN, 0]);
  });

  test("no more than a group's limits go together, and a long one goes alone", async () => {
    const scene = new Scene();
    const all = [scene.decide(), ...Array.from({ length: updatesTogetherMax + 1 }, () => scene.decide())];
    all.push(scene.decide(0, octetsTogetherMax + 1), scene.decide());
    for (let at = 0; at < 5; at++) await scene.answer(rcode.NOERROR);
    expect(scene.judged).toEqual([1, updatesTogetherMax, 1, 1, 1]);
    expect(await Promise.all(all)).toEqual(all.map(() => rcode.NOERROR));
  });

  test("a full queue says SERVFAIL at once, other zones go on, and there is room again afterwards", async () => {
    const scene = new Scene();
    const all = Array.from({ length: updatesWaitingMax }, () => scene.decide());
    expect(await scene.decide()).toBe(rcode.SERVFAIL);
    void scene.decide(0, 10, textName("example.net"));
    await vi.advanceTimersByTimeAsync(0);
    expect(scene.groups.map((group) => nameText(group.origin))).toEqual(["example.org.", "example.net."]);
    for (let at = 0; at < 8; at++) await scene.answer(rcode.NOERROR);
    expect(await Promise.all(all)).toEqual(all.map(() => rcode.NOERROR));
    const again = scene.decide();
    await scene.answer(rcode.NOERROR);
    expect(await again).toBe(rcode.NOERROR);
  });

  test("who waited too long hears SERVFAIL, and is not decided when its turn comes", async () => {
    const scene = new Scene();
    const all = [scene.decide(), scene.decide()];
    await vi.advanceTimersByTimeAsync(updateMsMax);
    expect(await Promise.all(all)).toEqual([rcode.SERVFAIL, rcode.SERVFAIL]);
    const last = scene.decide();
    await scene.answer(rcode.NOERROR);
    await scene.answer(rcode.NOERROR);
    expect(await last).toBe(rcode.NOERROR);
    expect(scene.judged).toEqual([1, 1]);
  });

  test("nobody listens: REFUSED; a judge that fails: SERVFAIL, and the next go on", async () => {
    const scene = new Scene();
    scene.listens = false;
    expect(await scene.decide()).toBe(rcode.REFUSED);
    const failing = new UpdateDesk({ judge: () => Promise.reject(new Error("gone")), emit: () => true });
    const message = new Uint8Array(10);
    const all = [1, 2].map(() => failing.decide({ origin, key: "k", message }));
    expect(await Promise.all(all)).toEqual([rcode.SERVFAIL, rcode.SERVFAIL]);
  });
});
