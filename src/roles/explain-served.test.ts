/** The last link of an explanation, as literal sentences. */
import { expect, test } from "vitest";
import { makeLate, makeNameserver, makeOutlet, makePublished } from "../../test/fakes/publishing-scenes.ts";
import { wall } from "../base/time.ts";
import { explainServed, type Served } from "./explain-served.ts";

const at = 1_793_232_240_000;
const serial = 1_793_232_000;
const span = (ms: number) => `${Math.round(ms / 1000)} s`;

function explain(given: Pick<Served, "nameservers" | "outlets">, own = serial) {
  return explainServed({ origin: "demo.example", serial: own, now: wall(at), span, ...given });
}

test("all hold it: they are named", () => {
  const step = explain(makePublished(at));
  expect(step?.rule).toBe("publish/served");
  expect(step?.sentence).toBe(
    "zone demo.example with serial 1793232000, which holds this, is served by muster itself (127.0.0.1:53), ns1.example.net (192.0.2.53:53), ns1.example.net ([2001:db8::53]:53), ns2.example.com (198.51.100.53:53), and is in place at update 192.0.2.53:53, file /var/lib/bind/demo.example",
  );
  expect(step?.because).toEqual([]);
});

test("those that do not hold it are named with what is wrong", () => {
  const step = explain(makeLate(at));
  expect(step?.sentence).toContain(
    "is served by 1 of 4: muster itself (127.0.0.1:53), and is in place at 1 of 2: file",
  );
  expect(step?.because.map(({ rule }) => rule)).toEqual([
    "nameserver/behind",
    "nameserver/unreachable",
    "nameserver/different",
    "nameserver/unknown",
    "outlet/refused",
  ]);
  expect(step?.because[1]?.sentence).toBe(
    "ns1.example.net ([2001:db8::53]:53) is unreachable for 215 s: no answer within 2 s, over UDP and TCP; last seen there: serial 1793145600",
  );
});

test("only the zone's own; nobody, or no serial yet: nothing is said", () => {
  const elsewhere = { nameservers: [makeNameserver(at, { zone: "other.example" })], outlets: [] };
  expect(explain(elsewhere)).toBeNull();
  expect(explain(makePublished(at), 0)).toBeNull();
});

test("many are counted", () => {
  const nameservers = Array.from({ length: 9 }, (_, n) =>
    makeNameserver(at, { name: `ns${n}`, endpoint: `192.0.2.${n}:53` }),
  );
  expect(explain({ nameservers, outlets: [] })?.sentence).toMatch(/ns5 \(192\.0\.2\.5:53\) and 3 more$/);
  const outlets = [makeOutlet(at, { state: "unreachable" })];
  expect(explain({ nameservers: [], outlets })?.sentence).toMatch(/is in place at none of 1$/);
});
