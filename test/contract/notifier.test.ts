/** One suite over every way to people: what the port promises, whoever is at the other end. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withChannelSecrets } from "../../src/config/build-channel-secrets.ts";
import type { ChannelConfig } from "../../src/core/notify.ts";
import { createClock } from "../../src/io/clock.ts";
import { createNotifier } from "../../src/io/notify/create-notifier.ts";
import type { Notifier } from "../../src/ports/notifier.ts";
import { freePort } from "../fakes/free-port.ts";
import { MailServer, startReceiver, testFolder, testMessage } from "../interop/notify-parts.ts";

type Mode = "take" | "busy" | "refuse" | "hang";

interface World {
  readonly notifier: Notifier;
  readonly set: (mode: Mode) => void;
}

/** Shorter than the time in which a hanging one is given up. */
const timeoutMs = 1000;

function open(channel: ChannelConfig): Notifier {
  return createNotifier(channel, { clock: createClock(), timeZone: "UTC" });
}

async function mailWorld(): Promise<World> {
  const server = await MailServer.start("none");
  const where = { host: "127.0.0.1", port: server.port, security: "none", ca: null, user: null } as const;
  const base = { kind: "mail", name: "ops", timeoutMs, to: ["ops@example.org"], from: "muster@example.org" } as const;
  const set = (mode: Mode): void => {
    if (mode === "hang") server.signal("SIGSTOP");
    else server.mode = mode;
  };
  return { notifier: open(withChannelSecrets({ ...base, ...where }, { url: null, key: null })), set };
}

async function httpWorld(kind: "webhook" | "slack" | "mattermost" | "ntfy"): Promise<World> {
  const receiver = await startReceiver();
  const statuses = { take: 200, busy: 503, refuse: 410 } as const;
  const set = (mode: Mode): void => {
    receiver.answer = (_, response) => void (mode === "hang" || response.writeHead(statuses[mode]).end());
  };
  const secrets = { url: `${receiver.url}/topic`, key: null };
  return { notifier: open(withChannelSecrets({ kind, name: "hook", timeoutMs, place: receiver.url }, secrets)), set };
}

async function execWorld(): Promise<World> {
  const program = join(testFolder(), "program");
  const bodies = { take: "exit 0", busy: "exit 75", refuse: "exit 1", hang: "exec sleep 600" } as const;
  const set = (mode: Mode): void => {
    writeFileSync(program, `#!/bin/sh\n${bodies[mode]}\n`);
    chmodSync(program, 0o755);
  };
  set("take");
  const base = { kind: "exec", name: "pager", timeoutMs, command: [program] } as const;
  return { notifier: open(withChannelSecrets(base, { url: null, key: null })), set };
}

const worlds: Readonly<Record<string, () => Promise<World>>> = {
  mail: mailWorld,
  webhook: () => httpWorld("webhook"),
  slack: () => httpWorld("slack"),
  mattermost: () => httpWorld("mattermost"),
  ntfy: () => httpWorld("ntfy"),
  exec: execWorld,
};

const never = new AbortController().signal;

describe.each(Object.entries(worlds))("notifier: %s", (_name, make) => {
  test("says delivered, failed or refused, in a clause without line breaks", async () => {
    const { notifier, set } = await make();
    set("take");
    expect(await notifier.deliver(testMessage(), never)).toMatchObject({ kind: "delivered" });
    set("busy");
    const busy = await notifier.deliver(testMessage(), never);
    expect(busy).toMatchObject({ kind: "failed", reason: expect.stringMatching(/^[^\n]+$/) });
    set("refuse");
    const refused = await notifier.deliver(testMessage(), never);
    expect(refused).toMatchObject({ kind: "refused", reason: expect.stringMatching(/^[^\n]+$/) });
    set("take");
    expect(await notifier.deliver(testMessage(), never)).toMatchObject({ kind: "delivered" });
  });

  test("gives up in time, and at once when it is told to stop", async () => {
    const { notifier, set } = await make();
    set("hang");
    expect(await notifier.deliver(testMessage(), never)).toMatchObject({ kind: "failed" });
    const stop = new AbortController();
    const underway = notifier.deliver(testMessage(), stop.signal);
    stop.abort();
    expect(await underway).toMatchObject({ kind: "failed" });
    expect(await notifier.deliver(testMessage(), stop.signal)).toMatchObject({ kind: "failed" });
  });
});

test("nobody there: failed for servers, refused for a program that does not exist", async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const hook = open(withChannelSecrets({ kind: "webhook", name: "hook", timeoutMs, place: url }, { url, key: null }));
  expect(await hook.deliver(testMessage(), never)).toMatchObject({ kind: "failed", reason: "nothing listens there" });
  const exec = { kind: "exec", name: "pager", timeoutMs, command: ["/nonexistent"] } as const;
  const program = open(withChannelSecrets(exec, { url: null, key: null }));
  expect(await program.deliver(testMessage(), never)).toMatchObject({ kind: "refused" });
});

test("whatever a channel stumbles over is a failure, and no end of muster", async () => {
  const exec = { kind: "exec", name: "pager", timeoutMs, command: ["/bin/true", "no\0argument"] } as const;
  const program = open(withChannelSecrets(exec, { url: null, key: null }));
  expect(await program.deliver(testMessage(), never)).toMatchObject({
    kind: "failed",
    reason: expect.stringMatching(/./),
  });
  const hook = { kind: "ntfy", name: "phone", timeoutMs, place: "nowhere" } as const;
  const nowhere = open(withChannelSecrets(hook, { url: "no URL", key: null }));
  expect(await nowhere.deliver(testMessage(), never)).toMatchObject({ kind: "failed" });
});
