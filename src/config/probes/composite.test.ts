import { expect, test } from "vitest";
import { probesOf, sentencesOf } from "../../../test/fakes/probe-file.ts";
import { jsonSchema } from "../schema.ts";

test("all, any and at-least take any kinds, also each other, and fill in the defaults of each", () => {
  const [probe] = probesOf(
    "at-least: { count: 1, of: [{ http: / }, { all: [{ tcp: 25 }, { any: [{ tcp: smtp }] }] }] }",
  );
  const tcp = { kind: "tcp", port: 25, send: null, expect: null };
  expect(probe).toMatchObject({
    kind: "at-least",
    count: 1,
    of: [
      { kind: "http", host: "www.example.org", port: 80 },
      { kind: "all", of: [tcp, { kind: "any", of: [tcp] }] },
    ],
  });
});

test("a member's list replaces the pool's", () => {
  const members = "[192.0.2.1, { address: 192.0.2.2, check: { all: [{ tcp: 22 }] } }]";
  const [pools, own] = probesOf("all: [{ tcp: 25 }, { tcp: 26 }]", members);
  expect(pools).toMatchObject({ of: [{ port: 25 }, { port: 26 }] });
  expect(own).toMatchObject({ of: [{ port: 22 }] });
});

test.each([
  ["all: []", "all is empty"],
  ["all: [{ tcp: 25, http: / }]", "a part is one probe, and here are http and tcp"],
  ["all: [{}]", "a part is one probe, and here is no probe"],
  ["all: [{ tcp: 25, interval: 1s }]", '"interval" is not a key of a part'],
  ["any: [{ tcp: smpt }]", 'there is no service "smpt"'],
  ["any: [{ tcp: {} }]", "a tcp probe needs a port"],
  [
    "at-least: { count: 3, of: [{ tcp: 25 }, { tcp: 26 }] }",
    "at least 3 can never be up, since there are only 2 parts",
  ],
  ["all: [{ all: [{ all: [{ all: [{ all: [{ tcp: 1 }] }] }] }] }]", "lists of probes lie at most 4 deep in each other"],
])("%s is refused", (check, sentence) => {
  expect(sentencesOf(check)).toEqual([sentence]);
});

test("a check is made of a limited number of probes", () => {
  const many = `{ any: [${Array.from({ length: 30 }, (_, index) => `{ tcp: ${index + 1} }`).join(", ")}] }`;
  expect(sentencesOf(`all: [${many}, ${many}, ${many}]`)).toEqual([
    "a check is made of at most 64 probes, and here are 90",
  ]);
});

test("editors get a schema that goes into itself", () => {
  expect(JSON.stringify(jsonSchema())).toContain('"at-least"');
});
