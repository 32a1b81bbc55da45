/** Watchers in a configuration, and every mistake about them. */
import { expect, test } from "vitest";
import { fakeSources } from "../../test/fakes/config-sources.ts";
import { loadConfig } from "./load.ts";

const base = "zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com] } }\n";

function load(text: string) {
  const loaded = loadConfig(base + text, fakeSources);
  return loaded.ok ? loaded.value.config : loaded.error.problems.map(({ sentence }) => sentence);
}

test("watchers with their references, where they report to, and who votes", () => {
  const config = load(`
watch: { listen: 192.0.2.1, vote: false }
watchers:
  fra:
  nyc: { vote: false, references: { check: { tcp: 53 }, addresses: [192.0.2.53] } }
defaults: { quorum: any }
pools:
  www.example.org: { check: { tcp: 80, quorum: 2 }, members: [192.0.2.10] }
  b.example.org: { check: { tcp: 80 }, members: [192.0.2.10] }
`);
  expect(config).toMatchObject({
    watch: {
      listen: { address: "192.0.2.1", port: 8054 },
      selfVotes: false,
      watchers: [
        { name: "fra", votes: true, references: [] },
        { name: "nyc", votes: false, references: [{ address: "192.0.2.53" }] },
      ],
    },
    pools: [{ members: [{ check: { quorum: 2 } }] }, { members: [{ check: { quorum: "any" } }] }],
  });
});

test.each<[string, string[]]>([
  ["watchers: { fra: {} }", ["watchers are named, but nothing says where they report to"]],
  ["watchers: [fra]", ["watchers must be a map of watchers by name"]],
  [
    "watch: { listen: 192.0.2.1, vote: false }",
    ["nobody votes: neither the controller nor any watcher, so that nothing could ever go down"],
  ],
  ["watch: { listen: 192.0.2.1 }\nwatchers: { self: {} }", ["self is the controller itself"]],
  ["watch: { listen: 192.0.2.1 }\nwatchers: { Fra: {} }", ['"Fra" is no watcher\'s name']],
  [
    "watch: { listen: 192.0.2.1 }\nwatchers: { fra: { references: { check: {}, addresses: [192.0.2.53] } } }",
    ["the references' check says no probe, so there is nothing to judge by"],
  ],
])("%s", (text, sentences) => {
  expect(load(text)).toEqual(sentences);
});

const three = "watch: { listen: 192.0.2.1 }\nwatchers: { fra: {}, nyc: {}, lab: { vote: false } }\n";

test("a pool says its quorum itself, over its check and the defaults; its members may say another", () => {
  const config = load(`${three}
defaults: { quorum: any }
checks: { web: { tcp: 80, quorum: majority } }
pools:
  a.example.org: { check: web, quorum: 2 of 3, members: [192.0.2.10, { address: 192.0.2.11, check: { quorum: any } }] }
  b.example.org: { quorum: 3, members: [{ address: 192.0.2.10, check: { tcp: 80 } }, { address: 192.0.2.11, check: web }] }
  c.example.org: { check: { tcp: 80, quorum: "1 of 3" }, members: [192.0.2.10] }
  d.example.org: { check: web, members: [192.0.2.10] }
`);
  if (Array.isArray(config)) throw new Error(config.join("; "));
  expect(config.pools.map(({ members }) => members.map(({ check }) => check.quorum))).toEqual([
    [2, "any"],
    [3, "majority"],
    [1],
    ["majority"],
  ]);
});

const pool = (quorum: string): string =>
  `pools: { a.example.org: { check: { tcp: 80 }, quorum: ${quorum}, members: [192.0.2.10] } }`;

test.each<[string, string[]]>([
  [
    three + pool("2 of 4"),
    ["the quorum counts on 4 vantage points that vote, and here 3 vote: the controller, fra, nyc"],
  ],
  [pool("2 of 3"), ["the quorum counts on 3 vantage points that vote, and here 1 votes: the controller"]],
  [three + pool("4 of 3"), ['quorum: "4 of 3" asks for more than there are']],
  [three + pool("0 of 3"), ['quorum: "0 of 3" would take nobody\'s word']],
  [three + pool("most"), ['quorum cannot be "most"']],
  [three + pool("2of3"), ['quorum cannot be "2of3"']],
  [
    `${three}pools: { a.example.org: { check: { tcp: 80, quorum: 1 }, quorum: 2, members: [192.0.2.10] } }`,
    ["the pool says its quorum twice: here and in its check"],
  ],
  [
    `${three}defaults: { quorum: 1 of 2 }\nchecks: { web: { tcp: 80, quorum: 1 of 5 } }\n`,
    [
      "the quorum counts on 2 vantage points that vote, and here 3 vote: the controller, fra, nyc",
      "the quorum counts on 5 vantage points that vote, and here 3 vote: the controller, fra, nyc",
    ],
  ],
])("%s", (text, sentences) => {
  expect(load(text)).toEqual(sentences);
});

test("a quorum of more than vote is a warning: all of them must agree", () => {
  const loaded = loadConfig(base + three + pool("5"), fakeSources);
  expect(loaded.ok && loaded.value.warnings.map(({ sentence }) => sentence)).toEqual([
    "quorum 5 asks for more than vote: 3 vote, so that all of them must agree",
  ]);
});
