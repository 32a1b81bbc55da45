/** What `notify` says, complete with its defaults; every mistake in it with its place; and that no secret is shown. */
import { expect, test } from "vitest";
import { fakeSources } from "../../test/fakes/config-sources.ts";
import { describeDifference } from "./difference.ts";
import { loadConfig } from "./load.ts";
import { formatProblems } from "./problem.ts";

const zones = "zones: { example.org: { file: x.zone } }\n";

function load(lines: readonly string[]) {
  return loadConfig(zones + lines.join("\n"), fakeSources);
}

test("channels, routes and times with their defaults", () => {
  const loaded = load([
    "notify:",
    "  channels:",
    "    ops: { mail: { to: ops@example.org, from: muster@example.org, server: smtp.example.org, user: m, password: { file: token } } }",
    "    here: { mail: { to: [root@localhost], from: muster@localhost } }",
    "    hook: { webhook: { url: https://hooks.example.org/a/b, secret: { env: MUSTER_TOKEN } } }",
    "    pager: { exec: { command: [/usr/bin/page, --loud], timeout: 30s } }",
    "  quiet-hours: { from: '22:00', to: '07:00', days: [fri, Saturday] }",
    "  escalate: [{ after: 1h, to: pager, severity: warning }, { after: 15m, to: [hook, pager] }]",
    "  reports: { every: weekly, to: ops }",
    "  heartbeat: { url: https://watch.example.org/abc }",
    "  time-zone: Europe/Berlin",
  ]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error.problems));
  const { notify } = loaded.value.config;
  expect(loaded.value.warnings).toEqual([]);
  expect(notify?.channels).toMatchObject([
    { kind: "mail", host: "smtp.example.org", port: 587, security: "starttls", user: "m", ca: null, timeoutMs: 10_000 },
    { kind: "mail", host: "localhost", port: 25, security: "none", user: null },
    { kind: "webhook", place: "https://hooks.example.org" },
    { kind: "exec", command: ["/usr/bin/page", "--loud"], timeoutMs: 30_000 },
  ]);
  expect(notify?.channels.map(({ secrets }) => secrets.key)).toEqual([
    "0123456789abcdef-token",
    null,
    "0123456789abcdef-token",
    null,
  ]);
  expect(notify?.routes).toEqual([
    { to: ["ops", "here", "hook", "pager"], severity: "warning", kinds: [], rules: [], subjects: [], digestMs: null },
  ]);
  expect(notify?.quietHours).toEqual([{ fromMinute: 1320, toMinute: 420, days: [5, 6] }]);
  expect(notify?.escalate.map(({ afterMs, severity }) => [afterMs, severity])).toEqual([
    [900_000, "critical"],
    [3_600_000, "warning"],
  ]);
  expect(notify?.reports).toEqual([{ every: "weekly", atMinute: 420, day: 1, to: ["ops"] }]);
  expect(notify?.heartbeat).toMatchObject({ everyMs: 60_000, place: "https://watch.example.org" });
  const { groupMs, repeatsMax, timeZone } = notify ?? {};
  expect({ groupMs, repeatsMax, timeZone }).toEqual({ groupMs: 10_000, repeatsMax: 4, timeZone: "Europe/Berlin" });
  expect(JSON.stringify(loaded.value.config)).not.toMatch(/0123456789abcdef|\/a\/b|abc"/);
});

test("every mistake with its place", () => {
  const loaded = load([
    "notify:",
    "  channels:",
    "    two: { mail: { to: a@example.org, from: b@example.org }, exec: { command: [x] } }",
    "    none: {}",
    "    emial: { emial: {} }",
    "    mail: { mail: { to: ops, from: b@example.org, server: 'smtp:99999', user: m } }",
    "    clear: { mail: { to: a@b.example, from: a@b.example, server: x.example, security: none, user: m, password: { file: token } } }",
    "    hook: { webhook: { url: ftp://x } }",
    "    slack: { slack: { url: https://hooks.slack.com/services/T/B/hunter2 } }",
    "    ntfy: { ntfy: { url: https://ntfy.sh/, token: hunter2 } }",
    "    bare: { ntfy: { url: https://ntfy.sh/ } }",
    "    shell: { exec: { command: page me } }",
    "    key: { slack: { url: { file: short } } }",
    "  routes: [{ to: op, severity: bad }, { to: hook, kinds: helth, digest: 1s }, { severity: info }]",
    "  quiet-hours: { from: '24:00', to: '7', days: [moon] }",
    "  escalate: { after: 15, to: hokk }",
    "  reports: { every: daily, day: mon, to: hook, at: '25:00' }",
    "  heartbeat: { url: nowhere, every: 1s }",
    "  time-zone: Europe/Berln",
    "  group: 2h",
    "  repeat: 3",
  ]);
  expect(loaded.ok).toBe(false);
  const problems = loaded.ok ? [] : loaded.error.problems;
  expect(problems.map(({ line, path, sentence }) => `${line} ${path} | ${sentence}`)).toMatchInlineSnapshot(`
    [
      "4 notify.channels.two | two is several things: mail, exec",
      "5 notify.channels.none | none says no kind",
      "6 notify.channels.emial.emial | "emial" is not a key of a channel",
      "7 notify.channels.mail.mail.to | to cannot be "ops"",
      "7 notify.channels.mail.mail.server | server: "smtp:99999" has no port from 1 to 65535",
      "8 notify.channels.clear.mail.security | a password is not sent in clear",
      "9 notify.channels.hook.webhook.url | url cannot be "ftp://x"",
      "10 notify.channels.slack.slack.url | a secret does not belong into the configuration; put it into a file of its own, or into the environment",
      "11 notify.channels.ntfy.ntfy.token | a secret does not belong into the configuration; put it into a file of its own, or into the environment",
      "12 notify.channels.bare.ntfy.url | the URL of ntfy names no topic",
      "13 notify.channels.shell.exec.command | command cannot be "page me"",
      "14 notify.channels.key.slack.url.file | what is kept there is no URL",
      "15 notify.routes[0].to | there is no channel "op" under channels",
      "15 notify.routes[0].severity | severity cannot be "bad"",
      "15 notify.routes[1].kinds | kinds cannot be "helth"",
      "15 notify.routes[1].digest | digest: "1s" is shorter than 1m",
      "15 notify.routes[2].to | to is missing",
      "16 notify.quiet-hours.to | to cannot be "7"",
      "16 notify.quiet-hours.days[0] | days[0] cannot be "moon"",
      "17 notify.escalate.after | after: 15 has no unit",
      "18 notify.reports.day | a daily report comes every day: day is about weekly ones",
      "18 notify.reports.at | at: "25:00" is no time of day",
      "19 notify.heartbeat.url | url cannot be "nowhere"",
      "19 notify.heartbeat.every | every: "1s" is shorter than 5s",
      "20 notify.time-zone | time-zone: "Europe/Berln" is no time zone that this machine knows",
      "21 notify.group | group: "2h" is longer than 1h",
      "22 notify.repeat | "repeat" is not a key of the settings of notify",
    ]
  `);
  expect(JSON.stringify(problems)).not.toContain("hunter2");
});

test.each([
  "channels: { ops: { mail: { to: a@b.example, from: a@b.example, user: m, password: hunter2-hunter2 } } }",
  "channels: { ops: { webhook: { url: https://x.example/, secret: hunter2-hunter2 } } }",
  "channels: { ops: { slack: { url: https://hooks.slack.com/hunter2 } } }",
  "channels: { ops: { ntfy: { url: 'https://me:hunter2@ntfy.sh/t' } } }",
  "heartbeat: { url: 'https://me:hunter2@x.example/' }",
])("nothing that is printed holds a secret: %j", (part) => {
  const text = `notify: { ${part} }\n`;
  const loaded = load([text]);
  expect(loaded.ok).toBe(false);
  const problems = loaded.ok ? [] : loaded.error.problems;
  expect(JSON.stringify(problems)).not.toContain("hunter2");
  expect(formatProblems(problems, zones + text)).not.toContain("hunter2");
});

test("a reload says what changes, and of secrets no more than that", () => {
  const config = (...lines: readonly string[]) => {
    const loaded = load(lines);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.error.problems));
    return loaded.value.config;
  };
  const hook = (url: string): string => `hook: { webhook: { url: "https://x.example/${url}" } }`;
  const old = config(`notify: { channels: { ${hook("a")}, pager: { exec: { command: [x] } } } }`);
  const next = config(`notify: { group: 1s, channels: { ${hook("b")}, page: { exec: { command: [x] } } } }`);
  expect(describeDifference(old, old)).toEqual([]);
  expect(describeDifference(old, next)).toEqual([
    "notify: pager removed",
    "notify: hook changed",
    "notify: page added",
    "notify: who is told of what changed",
  ]);
});
