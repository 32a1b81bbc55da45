import { expect, test } from "vitest";
import { wall } from "../../src/base/time.ts";
import type { AgentView } from "../../src/core/view.ts";
import { notableAgents, oddities } from "./agents.ts";

const fit: AgentView = {
  name: "web1",
  addresses: ["192.0.2.10"],
  word: "fit",
  since: wall(0),
  heardAt: wall(0),
  reason: "its proof holds",
  checks: [],
  links: [],
  mounts: [{ path: "/srv", state: "ok", reason: "answered within 2 ms", sinceMs: null }],
  reaches: [],
};

test("fit agents are not listed, unless a mount, a link or a witness is not well", () => {
  const hung: AgentView = {
    ...fit,
    name: "web2",
    mounts: [{ path: "/srv", state: "hung", reason: "no answer within 2 s", sinceMs: 1 }],
    links: [
      { name: "eth0", up: false, addresses: ["192.0.2.10"] },
      { name: "eth9", up: false, addresses: [] },
    ],
  };
  const silent: AgentView = { ...fit, name: "web3", word: "silent" };
  expect(notableAgents([fit, hung, silent]).map(({ name }) => name)).toEqual(["web3", "web2"]);
  expect(oddities(hung)).toEqual(["mount /srv is hung: no answer within 2 s", "eth0 has no carrier"]);
});
