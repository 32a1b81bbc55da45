/** Every kind of mistake, with all that is said about it: place, path, what was found, expected, nearest, sentence. */
import { expect, test } from "vitest";
import { fakeSources } from "../../test/fakes/config-sources.ts";
import { loadConfig } from "./load.ts";
import type { ConfigProblem } from "./problem.ts";
import { sectionNames } from "./schema.ts";
import { probeKinds } from "./probes/list.ts";

/** As problems list them. */
const sections = sectionNames.join(", ");
const kinds = probeKinds.join(", ");

/** Title, lines of the file, and each problem as `line:column path | found | expected | nearest? | sentence`. */
const mistakes: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    "a single status that is none, and an identity that is too long",
    [
      "zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com] } }",
      "pools: { www.example.org: { check: { http: { status: 99 } }, members: [192.0.2.1] } }",
      `dns: { nsid: ${"x".repeat(65)} }`,
    ],
    [
      '2:54 pools."www.example.org".check.http.status | 99 | status codes from 100 to 599, one or a list | status cannot be 99',
      `3:14 dns.nsid | "${"x".repeat(57)}..." | a text, at most 64 characters | nsid cannot be "${"x".repeat(57)}..."`,
    ],
  ],
  [
    "a check beside members that are none, are not there, or have no address",
    [
      "zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com] } }",
      "pools:",
      "  a.example.org: { check: { http: { path: x } }, members: 5, answers: 2, last-resort: least-stale }",
      "  b.example.org: { check: { http: { path: x } } }",
      "  c.example.org: { policy: weighted, check: tcp, members: [{ check: { tcp: 0 } }, { address: 192.0.2.1.1, check: { http: { path: x } } }] }",
      "checks: { web: { http: / } }",
    ],
    [
      '3:43 pools."a.example.org".check.http.path | "x" | a path such as /status | the path of a request begins with / and holds no spaces, no # and no letters outside ASCII',
      '3:59 pools."a.example.org".members | 5 | a list of members | members cannot be 5',
      '4:3 pools."b.example.org".members | nothing | a list of members | members is missing',
      '4:43 pools."b.example.org".check.http.path | "x" | a path such as /status | the path of a request begins with / and holds no spaces, no # and no letters outside ASCII',
      '5:45 pools."c.example.org".check | "tcp" | one of web | there is no check "tcp" under checks',
      '5:60 pools."c.example.org".members[0].address | nothing | an IPv4 or IPv6 address | address is missing',
      '5:76 pools."c.example.org".members[0].check.tcp | 0 | a whole number from 1 to 65535 | tcp cannot be 0',
      '5:94 pools."c.example.org".members[1].address | "192.0.2.1.1" | an IPv4 or IPv6 address | address cannot be "192.0.2.1.1"',
      '5:130 pools."c.example.org".members[1].check.http.path | "x" | a path such as /status | the path of a request begins with / and holds no spaces, no # and no letters outside ASCII',
    ],
  ],
  ["an empty file", [""], ["1:1  | nothing | at least zones: and pools: | the file is empty"]],
  [
    "a list at the root",
    ["- a", "- b"],
    ["1:1  | a list | at least zones: and pools: | the file must be a map of sections"],
  ],
  [
    "a tab as indentation",
    ["zones:", "\texample.org: {}"],
    ["2:1  | a tab | spaces | a line is indented with a tab; YAML takes spaces only"],
  ],
  [
    "a quote without an end",
    ["zones:", '  example.org: { contact: "hostmaster@example.org }'],
    ["3:1  | an unfinished text | the closing quote or bracket | a quote, a bracket or a colon is missing here"],
  ],
  [
    "a map that is never closed",
    ["zones: {"],
    [
      "2:1  | an unfinished text | } | a map that begins with { is not closed before this; lines inside it are indented",
    ],
  ],
  [
    "a list that is not closed before the next key",
    ["zones:", "  example.org:", "    nameservers: [ns1.example.net, ns2.example.com", "    ttl: 30s"],
    [
      "4:5  | an unfinished text | ] | a list that begins with [ is not closed before this; lines inside it are indented",
    ],
  ],
  [
    "a key that is written twice",
    [
      "zones:",
      "  example.org: { nameservers: [ns1.example.net], ttl: 30s, ttl: 40s }",
      "pools: { www.example.org: { check: { http: / }, members: [192.0.2.1] } }",
    ],
    ['2:60 zones."example.org".ttl | "ttl" again | each key once | "ttl" is written twice; the first is in line 2'],
  ],
  [
    "two documents",
    ["zones: {}", "---", "pools: {}"],
    [
      "2:1  | a second document | one document | there is a second document after a line of ---; one file is one configuration",
    ],
  ],
  [
    "a tag",
    ['zones: !!js/function "x"'],
    [
      "1:8  | a tag | a value without a tag | tags (words that begin with !) have no meaning here; quote a value that begins with one",
    ],
  ],
  [
    "an unknown section, and no zones",
    ["zone: {}"],
    [
      `1:1 zone | "zone" | one of ${sections} | zones? | "zone" is not a key of a configuration`,
      "1:1  | nothing | a map of zones, such as {mirrors.example.org: {nameservers: [ns1.example.net]}} | zones is missing, so muster answers for no name",
    ],
  ],
  [
    "__proto__ as a key",
    ["__proto__: { zones: {} }", "zones: { __proto__: { nameservers: [ns1.example.net] } }"],
    [
      '1:1 __proto__ | "__proto__" | another key | "__proto__" is no key or name here',
      "2:8 zones | a map | a map of zones, such as {mirrors.example.org: {nameservers: [ns1.example.net]}} | zones is empty",
      '2:10 zones.__proto__ | "__proto__" | another key | "__proto__" is no key or name here',
    ],
  ],
  [
    "a merge key, an unknown alias",
    ["zones:", "  example.org: { nameservers: [ns1.example.net], <<: { ttl: 30s } }", "  example.net: *other"],
    [
      '2:50 zones."example.org"."<<" | "<<" | one of ttl, ttl-min, nameservers, contact, negative-ttl, file, primaries, transfer, updates, publish, republish | merge keys (<<) are not read; give a check a name under checks and use the name',
      '3:16 zones."example.net" | *other | an alias within the limits | the alias *other names no anchor before it',
      '3:16 zones."example.net" | nothing | a map with ttl, ttl-min, nameservers, contact, negative-ttl, file, primaries, transfer, updates, publish or republish | example.net is empty',
    ],
  ],
  [
    "wrong types everywhere",
    ["zones: [example.org]", "pools: yes", "checks: 1", "defaults: []", "dns: 53", "api: on", "state: { file: x }"],
    [
      "1:8 zones | a list | a map of zones, such as {mirrors.example.org: {nameservers: [ns1.example.net]}} | zones must be a map of zones by name",
      '2:8 pools | "yes" | a map of pools by name | pools must be a map of pools by name',
      "3:9 checks | 1 | a map of checks by name | checks must be a map of checks by name",
      "4:11 defaults | an empty list | a map with interval, timeout, rise, fall, confirm, suspect, tripwire, fresh-every, quorum or flapping | defaults cannot be an empty list",
      "5:6 dns | 53 | a map with listen, nsid or threads | dns cannot be 53",
      '6:6 api | "on" | a map with listen or token | api cannot be "on"',
      "7:8 state | a map | a path | state cannot be a map",
    ],
  ],
  [
    "durations and TTLs",
    [
      "zones:",
      "  example.org: { nameservers: [ns1.example.net], ttl: 30, ttl-min: 5sec, negative-ttl: 250ms }",
      "  example.net: { nameservers: [ns1.example.com], ttl: 5s, ttl-min: 6s }",
      "  example.com: { nameservers: [ns1.example.net], ttl: 8d, negative-ttl: 1e999 }",
    ],
    [
      '2:55 zones."example.org".ttl | 30 | a duration from 1s to 7d, such as 250ms, 30s, 10m or 24h | 30s? | ttl: 30 has no unit',
      '2:68 zones."example.org".ttl-min | "5sec" | a duration from 1s to 7d, such as 250ms, 30s, 10m or 24h | 5s? | ttl-min cannot be "5sec"',
      '2:88 zones."example.org".negative-ttl | "250ms" | a duration from 1s to 7d, such as 250ms, 30s, 10m or 24h | negative-ttl: "250ms" is shorter than 1s',
      '3:68 zones."example.net".ttl-min | "6s" | at most 5s | ttl-min (6s) is above ttl (5s); it is the TTL for when a change is near',
      '4:55 zones."example.com".ttl | "8d" | a duration from 1s to 7d, such as 250ms, 30s, 10m or 24h | ttl: "8d" is longer than 7d',
      '4:73 zones."example.com".negative-ttl | 1e999 | a duration from 1s to 7d, such as 250ms, 30s, 10m or 24h | negative-ttl cannot be 1e999',
    ],
  ],
  [
    "names of zones and their settings",
    [
      "zones:",
      "  exämple.org: {}",
      "  -bad.example: {}",
      "  Example.NET.: { nameservers: [ns1.example.org, NS1.example.org.], contact: nobody }",
      "  example.net: { file: x.zone, publish: [embeded] }",
      "  example.com: { nameserver: ns1.example.net }",
      "  none.example: {}",
    ],
    [
      '2:3 zones."exämple.org" | "exämple.org" | a name such as www.example.org | "exämple.org" has letters outside ASCII; write its xn-- form',
      '3:3 zones."-bad.example" | "-bad.example" | a name such as www.example.org | "-bad.example" has the label "-bad", which no host name has',
      '4:50 zones."Example.NET.".nameservers[1] | "NS1.example.org." | each nameserver once | the nameserver ns1.example.org is listed twice',
      '4:78 zones."Example.NET.".contact | "nobody" | a mail address such as hostmaster@example.org | contact cannot be "nobody"',
      '5:3 zones."example.net" | "example.net" | each zone once | the zone example.net is configured twice: capitals and a final dot make no difference',
      '6:18 zones."example.com".nameserver | "nameserver" | one of ttl, ttl-min, nameservers, contact, negative-ttl, file, primaries, transfer, updates, publish, republish | nameservers? | "nameserver" is not a key of a zone\'s settings',
      '7:3 zones."none.example" | no nameservers | nameservers: [ns1.example.net] | the zone none.example needs nameservers, or a file that names them',
    ],
  ],
  [
    "pools outside their zones",
    [
      "zones: { example.org: { nameservers: [ns1.example.net] }, sub.example.org: { nameservers: [ns1.example.net] } }",
      "pools:",
      "  www.exmaple.org: { check: { http: / }, members: [192.0.2.1] }",
      "  www.example.net: { check: { http: / }, members: [192.0.2.1] }",
      "  a.sub.example.org: { zone: example.org, check: { http: / }, members: [192.0.2.1] }",
      "  b.example.org: { zone: sub.example.org, check: { http: / }, members: [192.0.2.1] }",
      "  c.example.org: { zone: exmple.org, check: { http: / }, members: [192.0.2.1] }",
      "  C.example.org: { check: { http: / }, members: [192.0.2.1] }",
    ],
    [
      '3:3 pools."www.exmaple.org" | "www.exmaple.org" | a name in example.org or sub.example.org | www.example.org? | the pool www.exmaple.org lies in none of the configured zones',
      '4:3 pools."www.example.net" | "www.example.net" | a name in example.org or sub.example.org | www.example.org? | the pool www.example.net lies in none of the configured zones',
      '5:30 pools."a.sub.example.org".zone | "example.org" | the configured zone that holds the pool\'s name | sub.example.org? | a.sub.example.org lies in the zone sub.example.org, not in example.org',
      '6:26 pools."b.example.org".zone | "sub.example.org" | the configured zone that holds the pool\'s name | example.org? | b.example.org lies in the zone example.org, not in sub.example.org',
      '7:26 pools."c.example.org".zone | "exmple.org" | the configured zone that holds the pool\'s name | example.org? | there is no zone exmple.org under zones',
      '8:3 pools."C.example.org" | "C.example.org" | each pool once | the pool c.example.org is configured twice: capitals and a final dot make no difference',
    ],
  ],
  [
    "a pool with a short name",
    [
      "zones: { example.org: { nameservers: [ns1.example.net] } }",
      "pools: { www: { check: { http: / }, members: [192.0.2.1] } }",
    ],
    [
      '2:10 pools.www | "www" | a name in example.org | www.example.org? | the pool www lies in none of the configured zones',
    ],
  ],
  [
    "words of a pool",
    [
      "zones: { example.org: { nameservers: [ns1.example.net] } }",
      "pools:",
      "  www.example.org:",
      "    policy: round-robn",
      "    answers: 0",
      "    last-resort: al",
      "    failback: { after: 5 }",
      "    membres: []",
      "    check: { http: / }",
      "    members: [192.0.2.1]",
    ],
    [
      '4:13 pools."www.example.org".policy | "round-robn" | round-robin, weighted or priority | round-robin? | policy cannot be "round-robn"',
      '5:14 pools."www.example.org".answers | 0 | a whole number from 1 to 2000 | answers cannot be 0',
      '6:18 pools."www.example.org".last-resort | "al" | all, none, least-stale or an address | all? | last-resort cannot be "al"',
      '7:24 pools."www.example.org".failback.after | 5 | a duration from 1s to 7d, such as 250ms, 30s, 10m or 24h | 5s? | after: 5 has no unit',
      '8:5 pools."www.example.org".membres | "membres" | one of zone, record, aliases, policy, answers, check, canary, recovery, quorum, last-resort, failback, members | members? | "membres" is not a key of a pool\'s settings',
    ],
  ],
  [
    "members",
    [
      "zones: { example.org: { nameservers: [ns1.example.net] } }",
      "pools:",
      "  www.example.org:",
      "    check: { http: / }",
      "    members:",
      "      - 192.0.2.300",
      "      - 192.0.2.1:80",
      "      - www.example.net",
      "      - { addres: 192.0.2.2 }",
      "      - 2001:DB8:0:0::1",
      '      - "[2001:db8::1]"',
      "      - [2001:db8::2]",
      "      - 5",
      "      - 0.0.0.0",
      "      - ff02::1",
      '      - "::ffff:192.0.2.1"',
      "      -",
      '      - { address: 192.0.2.9, weight: -1, priority: 1.5, name: "" }',
    ],
    [
      '6:9 pools."www.example.org".members[0] | "192.0.2.300" | an address, or a member\'s settings | members[0]: "192.0.2.300" has a part above 255 or with a leading zero',
      '7:9 pools."www.example.org".members[1] | "192.0.2.1:80" | an address, or a member\'s settings | 192.0.2.1? | members[1]: "192.0.2.1:80" has a port; the port belongs into the check',
      '8:9 pools."www.example.org".members[2] | "www.example.net" | an address, or a member\'s settings | members[2]: "www.example.net" is a name, not an address',
      '9:9 pools."www.example.org".members[3].address | nothing | an IPv4 or IPv6 address | address is missing',
      '9:11 pools."www.example.org".members[3].addres | "addres" | one of address, name, weight, target, priority, check | address? | "addres" is not a key of a member',
      '11:9 pools."www.example.org".members[5] | "[2001:db8::1]" | each address once in a pool; a share is set by weight | the member 2001:db8::1 is listed twice; the first is in line 10',
      '12:9 pools."www.example.org".members[6] | a list | an address, or a member\'s settings | members[6] cannot be a list',
      '13:9 pools."www.example.org".members[7] | 5 | an address, or a member\'s settings | members[7] cannot be 5',
      '14:9 pools."www.example.org".members[8] | "0.0.0.0" | the address of one machine | 0.0.0.0 means any address of this machine',
      '15:9 pools."www.example.org".members[9] | "ff02::1" | the address of one machine | ff02::1 is a multicast address',
      '16:9 pools."www.example.org".members[10] | "::ffff:192.0.2.1" | the address of one machine | ::ffff:192.0.2.1 is an IPv4 address in IPv6 clothes; write the IPv4 address',
      '17:8 pools."www.example.org".members[11] | nothing | an address, or a member\'s settings | members[11] is empty',
      '18:39 pools."www.example.org".members[12].weight | -1 | a whole number from 0 to 1000 | weight cannot be -1',
      '18:43 pools."www.example.org".members[12].priority | 1.5 | policy: priority, or no priority | policy: priority? | priority needs policy: priority',
      '18:53 pools."www.example.org".members[12].priority | 1.5 | a whole number from 0 to 65535 | priority cannot be 1.5',
      '18:64 pools."www.example.org".members[12].name | "" | a name for people | name cannot be ""',
    ],
  ],
  [
    "names of members",
    [
      "zones: { example.org: { nameservers: [ns1.example.net] } }",
      "pools:",
      "  www.example.org:",
      "    check: { http: / }",
      "    members:",
      "      - { address: 192.0.2.1, name: web1 }",
      "      - { address: 2001:db8::1, name: web1 }",
      "      - { address: 192.0.2.2, name: web1 }",
      "      - { address: 192.0.2.3, name: 192.0.2.1 }",
      "      - { address: 2001:db8::4, name: '2001:DB8::4' }",
      "      - { address: 192.0.2.5, name: ' ' }",
      '      - { address: 192.0.2.6, name: "web\\e[2J6" }',
      '      - { address: 192.0.2.7, name: "web\\n7" }',
      '      - { address: 192.0.2.7, name: "web1" }',
      "  web.example.org: { check: { http: / }, members: [{ address: 192.0.2.1, name: web1 }] }",
    ],
    [
      '8:37 pools."www.example.org".members[2].name | "web1" | each name once among a pool\'s IPv4 addresses | two members are called web1; the first is in line 6',
      '9:37 pools."www.example.org".members[3].name | "192.0.2.1" | a name that is no other member\'s address | name: 192.0.2.1 is an address, and not the one that this member has',
      '11:37 pools."www.example.org".members[5].name | " " | a name for people | name: " " is blank',
      '12:37 pools."www.example.org".members[6].name | "web\\u001b[2J6" | a name for people, on one line | name: "web\\u001b[2J6" has control characters',
      '13:37 pools."www.example.org".members[7].name | "web\\n7" | a name for people, on one line | name: "web\\n7" has control characters',
      '14:20 pools."www.example.org".members[8].address | "192.0.2.7" | each address once in a pool; a share is set by weight | the member 192.0.2.7 is listed twice; the first is in line 13',
    ],
  ],
  [
    "addresses that nobody reaches",
    [
      "zones: { example.org: { nameservers: [ns1.example.net] } }",
      "pools:",
      "  a.example.org: { check: { http: / }, members: [127.0.0.1, ::1, fe80::1, fe80::1%eth0, 255.255.255.255, '::'] }",
      "  b.example.org: { check: { http: / }, members: [192.0.2.1], last-resort: 0.0.0.0 }",
      "  c.example.org: { check: { http: / }, members: [192.0.2.1], last-resort: fe80::2 }",
      "  d.example.org: { check: { http: / }, members: [192.0.2.1], last-resort: 127.0.0.9 }",
      "  e.example.org: { check: { http: / }, members: [192.0.2.1], last-resort: ff02::1 }",
      "references: { addresses: [192.0.2.53, fe80::1, 0.0.0.0, 192.0.2.53], check: { tcp: 53 } }",
    ],
    [
      '3:66 pools."a.example.org".members[2] | "fe80::1" | the address of one machine | fe80::1 is a link-local address, which nobody reaches from elsewhere',
      '3:75 pools."a.example.org".members[3] | "fe80::1%eth0" | an address, or a member\'s settings | members[3]: "fe80::1%eth0" names an interface of this machine with %',
      '3:89 pools."a.example.org".members[4] | "255.255.255.255" | the address of one machine | 255.255.255.255 is the broadcast address',
      '3:106 pools."a.example.org".members[5] | "::" | the address of one machine | :: means any address of this machine',
      '4:75 pools."b.example.org".last-resort | "0.0.0.0" | the address of one machine | the last resort 0.0.0.0 means any address of this machine',
      '5:75 pools."c.example.org".last-resort | "fe80::2" | the address of one machine | the last resort fe80::2 is a link-local address, which nobody reaches from elsewhere',
      '7:75 pools."e.example.org".last-resort | "ff02::1" | the address of one machine | the last resort ff02::1 is a multicast address',
      '8:39 references.addresses[1] | "fe80::1" | the address of one machine | the reference fe80::1 is a link-local address, which nobody reaches from elsewhere',
      '8:48 references.addresses[2] | "0.0.0.0" | the address of one machine | the reference 0.0.0.0 means any address of this machine',
      '8:57 references.addresses[3] | "192.0.2.53" | each reference once | the reference 192.0.2.53 is listed twice',
    ],
  ],
  [
    "an empty pool, and one without a check",
    [
      "zones: { example.org: { nameservers: [ns1.example.net] } }",
      "pools:",
      "  a.example.org: { check: { http: / }, members: [] }",
      "  b.example.org: { members: [192.0.2.1] }",
      "  c.example.org: { check: { interval: 1s }, members: [192.0.2.1] }",
      "  d.example.org:",
    ],
    [
      '3:49 pools."a.example.org".members | an empty list | a list of members | members is empty',
      '4:3 pools."b.example.org" | no probe | a check, such as check: {http: /} or check: {tcp: 5432} | nothing says how the members of b.example.org are judged',
      '5:20 pools."c.example.org".check | no probe | a check, such as check: {http: /} or check: {tcp: 5432} | nothing says how the members of c.example.org are judged',
      '6:3 pools."d.example.org" | nothing | a map with zone, record, aliases, policy, answers, check, canary, recovery, quorum, last-resort, failback or members | d.example.org is empty',
    ],
  ],
  [
    "priorities",
    [
      "zones: { example.org: { nameservers: [ns1.example.net] } }",
      "pools:",
      "  a.example.org: { check: { http: / }, members: [{ address: 192.0.2.1, priority: 1 }] }",
      "  b.example.org: { policy: weighted, check: { http: / }, members: [{ address: 192.0.2.1, priority: 1 }] }",
      "  c.example.org: { policy: priority, check: { http: / }, members: [{ address: 192.0.2.1, priority: 1 }, 192.0.2.2] }",
    ],
    [
      '3:72 pools."a.example.org".members[0].priority | 1 | policy: priority, or no priority | policy: priority? | priority needs policy: priority',
      '4:90 pools."b.example.org".members[0].priority | 1 | policy: priority, or no priority | policy: priority? | priority has no meaning under weighted',
      '5:105 pools."c.example.org".members[1] | "192.0.2.2" | a priority for each member, or for none | this member has no priority, and others of the pool have one',
    ],
  ],
  [
    "probe kinds and check names",
    [
      "zones: { example.org: { nameservers: [ns1.example.net] } }",
      "checks:",
      "  web: { http: / }",
      "  slow: { interval: 10s }",
      "pools:",
      "  a.example.org: { check: { htp: / }, members: [192.0.2.1] }",
      "  b.example.org: { check: { http: /, tcp: 80 }, members: [192.0.2.1] }",
      "  c.example.org: { check: wbe, members: [{ address: 192.0.2.1, check: web }, { address: 192.0.2.2, check: { tpc: 1 } }] }",
    ],
    [
      `4:3 checks.slow | no probe | one of ${kinds} | the check slow says no probe, so there is nothing to judge by`,
      `6:29 pools."a.example.org".check.htp | "htp" | one of ${kinds}, interval, timeout, rise, fall, confirm, suspect, tripwire, fresh-every, quorum, flapping | http? | "htp" is not a key of a check`,
      '7:20 pools."b.example.org".check | 2 probes | one of them | a check has one probe, and here are http and tcp',
      '8:27 pools."c.example.org".check | "wbe" | one of web, slow | web? | there is no check "wbe" under checks',
      `8:109 pools."c.example.org".members[1].check.tpc | "tpc" | one of ${kinds}, interval, timeout, rise, fall, confirm, suspect, tripwire, fresh-every, quorum, flapping | tcp? | "tpc" is not a key of a check`,
    ],
  ],
  [
    "the pace of a check",
    [
      "zones: { example.org: { nameservers: [ns1.example.net] } }",
      "defaults: { interval: 5ms, rise: 0, fall: 1e400, tripwire: yes, timeout: { min: 2s, max: 1s } }",
      "pools:",
      "  a.example.org: { check: { http: /, timeout: 5, confirm: 2h, fresh-every: .nan, suspct: 1s }, members: [192.0.2.1] }",
    ],
    [
      '2:23 defaults.interval | "5ms" | a duration from 10ms to 24h, such as 250ms, 30s, 10m or 24h | interval: "5ms" is shorter than 10ms',
      "2:34 defaults.rise | 0 | a whole number from 1 to 100 | rise cannot be 0",
      "2:43 defaults.fall | 1e400 | a whole number from 1 to 100 | fall cannot be 1e400",
      '2:60 defaults.tripwire | "yes" | true or false | true? | tripwire cannot be "yes"',
      "2:74 defaults.timeout | a map | auto, a duration such as 2s, or a map with min and max | timeout: a map has a min above its max",
      '4:47 pools."a.example.org".check.timeout | 5 | auto, a duration such as 2s, or a map with min and max | 5s? | timeout: 5 has no unit',
      '4:59 pools."a.example.org".check.confirm | "2h" | a duration from 1ms to 1m, such as 250ms, 30s, 10m or 24h | confirm: "2h" is longer than 1m',
      '4:76 pools."a.example.org".check.fresh-every | .nan | a whole number from 1 to 1000 | fresh-every cannot be .nan',
      `4:82 pools."a.example.org".check.suspct | "suspct" | one of ${kinds}, interval, timeout, rise, fall, confirm, suspect, tripwire, fresh-every, quorum, flapping | suspect? | "suspct" is not a key of a check`,
    ],
  ],
  [
    "http",
    [
      "zones: { example.org: { nameservers: [ns1.example.net] } }",
      "pools:",
      "  a.example.org: { check: { http: htp://www.example.org/ }, members: [192.0.2.1] }",
      '  b.example.org: { check: { http: "http://user:pw@www.example.org/" }, members: [192.0.2.1] }',
      '  c.example.org: { check: { http: { path: status, method: PUT, status: [2xx, 99, "399-300"], redirects: 11 } }, members: [192.0.2.1] }',
      "  d.example.org: { check: { http: { method: HEAD, body: ok } }, members: [192.0.2.1] }",
      '  e.example.org: { check: { http: { body: { matches: "(a+)+$" } } }, members: [192.0.2.1] }',
      '  f.example.org: { check: { http: { body: { matches: "(" }, body-bytes: 1GiB } }, members: [192.0.2.1] }',
      '  g.example.org: { check: { http: { body: {}, port: htps, host: "a b" } }, members: [192.0.2.1] }',
      '  h.example.org: { check: { http: { headers: { Authorization: Basic eDp5, "a b": c, X-Ok: 1 } } }, members: [192.0.2.1] }',
      '  "*.example.org": { check: { http: / }, members: [192.0.2.1] }',
    ],
    [
      '3:35 pools."a.example.org".check.http | "htp://www.example.org/" | a URL such as http://www.example.org/status, or a path such as /status | http cannot be "htp://www.example.org/"',
      '4:35 pools."b.example.org".check.http | a URL with credentials | a URL such as http://www.example.org/status, or a path such as /status | credentials do not belong into a URL; muster shows URLs to everybody who may see its status',
      '5:43 pools."c.example.org".check.http.path | "status" | a path such as /status | the path of a request begins with / and holds no spaces, no # and no letters outside ASCII',
      '5:59 pools."c.example.org".check.http.method | "PUT" | GET or HEAD | method cannot be "PUT"',
      '5:73 pools."c.example.org".check.http.status[0] | "2xx" | a status code, or a range such as "300-399" | "200-299"? | status[0] cannot be "2xx"',
      '5:78 pools."c.example.org".check.http.status[1] | 99 | a status code, or a range such as "300-399" | status[1] cannot be 99',
      '5:82 pools."c.example.org".check.http.status[2] | "399-300" | a status code, or a range such as "300-399" | status[2]: "399-300" ends before it begins',
      '5:105 pools."c.example.org".check.http.redirects | 11 | a whole number from 0 to 10 | redirects cannot be 11',
      '6:20 pools."d.example.org".check | HEAD and body | method: GET | GET? | an answer to HEAD has no body to look at; take method: GET, or leave body out',
      '7:54 pools."e.example.org".check.http.body.matches | "(a+)+$" | a regular expression whose time stays in bounds | the pattern repeats a group that holds a repetition, which can take very long',
      '8:54 pools."f.example.org".check.http.body.matches | "(" | a regular expression whose time stays in bounds | the pattern is not a regular expression: unterminated group',
      '8:73 pools."f.example.org".check.http.body-bytes | "1GiB" | a size from 1B to 4MiB, such as 512B, 64KiB or 1MiB | body-bytes cannot be "1GiB"',
      '9:43 pools."g.example.org".check.http.body | an empty map | a text, or {matches: PATTERN} | body needs either contains or matches',
      '9:53 pools."g.example.org".check.http.port | "htps" | a port from 1 to 65535, or a service name such as https | https? | there is no service "htps"',
      '9:65 pools."g.example.org".check.http.host | "a b" | a host name, with :PORT if need be | host cannot be "a b"',
      '10:48 pools."h.example.org".check.http.headers.Authorization | "Authorization" | another header | the header "Authorization" would show credentials wherever the check is shown; ask for a page that needs none',
      '10:75 pools."h.example.org".check.http.headers."a b" | "a b" | another header | the header "a b" has a name that HTTP does not allow (RFC 9110, 5.1)',
      '10:91 pools."h.example.org".check.http.headers.X-Ok | 1 | a text; a number or a truth goes into quotes | X-Ok cannot be 1',
      '11:22 pools."*.example.org".check | no host | host: www.example.org | the pool\'s name is a wildcard, so the check must say which host to ask for',
    ],
  ],
  [
    "tcp",
    [
      "zones: { example.org: { nameservers: [ns1.example.net] } }",
      "pools:",
      "  a.example.org: { check: { tcp: postgresq }, members: [192.0.2.1] }",
      "  b.example.org: { check: { tcp: { send: QUIT } }, members: [192.0.2.1] }",
      "  c.example.org: { check: { tcp: { port: 70000 } }, members: [192.0.2.1] }",
      '  d.example.org: { check: { tcp: "5432" }, members: [192.0.2.1] }',
    ],
    [
      '3:34 pools."a.example.org".check.tcp | "postgresq" | a port from 1 to 65535, or a service name such as https | postgresql? | there is no service "postgresq"',
      '4:20 pools."b.example.org".check | no port | port: postgresql, or a number | a tcp probe needs a port',
      '5:42 pools."c.example.org".check.tcp.port | 70000 | a whole number from 1 to 65535 | port cannot be 70000',
      '6:34 pools."d.example.org".check.tcp | "5432" | a port from 1 to 65535, or a service name such as https | 5432? | the port 5432 is written as a text; leave the quotes out',
    ],
  ],
  [
    "where muster listens",
    [
      "zones: { example.org: { file: example.zone } }",
      'dns: { listen: [localhost:53, ":5300", "127.0.0.1:99999", 127.0.0.1, 127.0.0.1:53], threads: 0 }',
      "api: { listen: 0.0.0.0 }",
    ],
    [
      '2:17 dns.listen[0] | "localhost:53" | ADDRESS:PORT, such as 127.0.0.1:5300 or "[::1]:5300" | 127.0.0.1:53? | listen[0]: "localhost:53" is a name',
      '2:31 dns.listen[1] | ":5300" | ADDRESS:PORT, such as 127.0.0.1:5300 or "[::1]:5300" | 0.0.0.0:5300? | listen[1]: ":5300" has no address',
      '2:40 dns.listen[2] | "127.0.0.1:99999" | ADDRESS:PORT, such as 127.0.0.1:5300 or "[::1]:5300" | listen[2]: "127.0.0.1:99999" has a port above 65535',
      "2:94 dns.threads | 0 | a whole number from 1 to 64 | threads cannot be 0",
      '3:16 api.listen | "0.0.0.0" | a token ({file: PATH} or {env: NAME}), or an address of the loopback, such as 127.0.0.1 | without a token the API would be open to everybody who reaches port 8053 of 0.0.0.0',
    ],
  ],
  [
    "two parts of muster on one port",
    [
      "zones: { example.org: { file: example.zone } }",
      'dns: { listen: ["0.0.0.0:5300", "[::1]:8053", "127.0.0.1:0"] }',
      "api: { listen: 127.0.0.1:5300 }",
      'watch: { listen: "[::]:8053" }',
    ],
    [
      '3:16 api.listen | "127.0.0.1:5300" | another port | api.listen is port 5300 of 127.0.0.1, on which dns.listen has muster listen already',
      '4:18 watch.listen | "[::]:8053" | another port | watch.listen is port 8053 of ::, on which dns.listen has muster listen already',
    ],
  ],
  [
    "a token in clear",
    ["zones: { example.org: { file: example.zone } }", "api: { listen: 0.0.0.0:8053, token: correct-horse-battery }"],
    [
      "2:37 api.token | a secret in clear | token: {file: PATH} or token: {env: NAME} | a secret does not belong into the configuration; put it into a file of its own, or into the environment",
    ],
  ],
  [
    "a token that is not there",
    ["zones: { example.org: { file: example.zone } }", "api: { token: { env: MUSTER_TOKNE } }"],
    [
      '2:22 api.token.env | "MUSTER_TOKNE" | a variable that holds the token | the environment variable MUSTER_TOKNE is not set',
    ],
  ],
  [
    "a token in a file that is not there",
    ["zones: { example.org: { file: example.zone } }", "api: { token: { file: missing } }"],
    [
      '2:23 api.token.file | "missing" | a file that holds the token | the token\'s file "missing" cannot be read: there is no such file',
    ],
  ],
  [
    "a token that is too short",
    ["zones: { example.org: { file: example.zone } }", "api: { token: { file: short } }"],
    [
      '2:23 api.token.file | "short" | one line of at least 16 letters, digits and signs, such as openssl rand -hex 16 prints | the token that is kept there is shorter than 16 characters',
    ],
  ],
  [
    "a token from two places",
    ["zones: { example.org: { file: example.zone } }", "api: { token: { file: short, env: MUSTER_TOKEN } }"],
    ["2:15 api.token | a map | {file: PATH} or {env: NAME} | token needs either file or env"],
  ],
];

function line(problem: ConfigProblem): string {
  const nearest = problem.nearest === undefined ? [] : [`${problem.nearest}?`];
  const { found, expected, sentence } = problem;
  return `${problem.line}:${problem.column} ${[problem.path, found, expected, ...nearest, sentence].join(" | ")}`;
}

test.each(mistakes)("%s", (_, lines, says) => {
  const loaded = loadConfig(`${lines.join("\n")}\n`, fakeSources);
  expect(loaded.ok ? [] : loaded.error.problems.map(line)).toEqual(says);
});
