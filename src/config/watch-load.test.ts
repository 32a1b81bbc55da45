/** Watchers in a configuration, and every mistake about them. */
import { expect, test } from "vitest";
import { fakeSources } from "../../test/fakes/config-sources.ts";
import { loadConfig } from "./load.ts";

const base = "zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com] } }\n";

function load(text: string) {
  const loaded = loadConfig(base + text, fakeSources);
  return loaded.ok ? loaded.value.config : loaded.error.map(({ sentence }) => sentence);
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
