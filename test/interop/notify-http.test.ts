/** Notifications by HTTP and by programs: real receivers that verify, fail, hang, and close too early. */
import { createHmac } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withChannelSecrets } from "../../src/config/build-channel-secrets.ts";
import type { HttpChannel } from "../../src/core/notify.ts";
import { createClock } from "../../src/io/clock.ts";
import { createExecNotifier } from "../../src/io/notify/exec-channel.ts";
import { createHttpNotifier } from "../../src/io/notify/http-channel.ts";
import type { Delivery } from "../../src/ports/notifier.ts";
import { until } from "../e2e/parts/wait.ts";
import { freePort } from "../fakes/free-port.ts";
import { startReceiver, testFolder, testMessage } from "./notify-parts.ts";

const open = new AbortController().signal;

function post(
  url: string,
  change: Partial<Pick<HttpChannel, "kind" | "timeoutMs">> & { key?: string } = {},
): Promise<Delivery> {
  const { key = null, kind = "webhook", timeoutMs = 3000 } = change;
  const channel = withChannelSecrets({ kind, name: "hook", timeoutMs, place: url }, { url, key });
  return createHttpNotifier(channel, { clock: createClock(), timeZone: "UTC" }).deliver(testMessage(), open);
}

test("M14 a webhook gets JSON whose signature can be verified, and the same id each time", async () => {
  const receiver = await startReceiver();
  expect(await post(`${receiver.url}/hook?a=b`, { key: "shared-secret" })).toMatchObject({ kind: "delivered" });
  const [{ body, headers, path }] = receiver.received as [(typeof receiver.received)[0]];
  expect(path).toBe("/hook?a=b");
  expect(headers["muster-delivery"]).toBe("17");
  const [, time = "", digest = ""] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["muster-signature"])) ?? [];
  expect(digest).toBe(createHmac("sha256", "shared-secret").update(`${time}.${body}`).digest("hex"));
  expect(Math.abs(Number(time) * 1000 - Date.now())).toBeLessThan(60_000);
  expect(JSON.parse(body)).toMatchObject({
    version: 1,
    id: "17",
    line: "DOWN web1 (www.example.org): «naïve» refusal",
  });
});

test("Slack, Mattermost and ntfy get what they read", async () => {
  const receiver = await startReceiver();
  await post(`${receiver.url}/services/T/B`, { kind: "slack" });
  await post(`${receiver.url}/hooks/x`, { kind: "mattermost" });
  await post(`${receiver.url}/prefix/my-topic`, { kind: "ntfy", key: "tk_secret" });
  const [slack, mattermost, ntfy] = receiver.received;
  expect(JSON.parse(slack?.body ?? "")).toEqual({ text: expect.stringMatching(/^\*DOWN web1 .*\*\n2030-01-02/) });
  expect(JSON.parse(mattermost?.body ?? "")).toEqual({ text: expect.stringMatching(/^\*\*DOWN web1 /) });
  expect(ntfy?.path).toBe("/prefix/");
  expect(ntfy?.headers.authorization).toBe("Bearer tk_secret");
  expect(JSON.parse(ntfy?.body ?? "")).toMatchObject({
    topic: "my-topic",
    priority: 4,
    title: expect.stringContaining("DOWN"),
  });
});

test("a login that stands in a secret URL is sent as one, and told to nobody", async () => {
  const receiver = await startReceiver();
  const url = receiver.url.replace("//", "//joe:100%25%40@");
  expect(await post(`${url}/hook`)).toMatchObject({ kind: "delivered" });
  const [first] = receiver.received;
  expect(first?.path).toBe("/hook");
  expect(first?.headers.authorization).toBe(`Basic ${Buffer.from("joe:100%@").toString("base64")}`);
  await post(`${url}/topic`, { kind: "ntfy", key: "tk_secret" });
  expect(receiver.received[1]?.headers.authorization).toBe("Bearer tk_secret");
  expect(JSON.stringify(await post(`http://joe:s3cret@127.0.0.1:${await freePort()}/`))).not.toContain("s3cret");
});

test("a URL with a lone percent sign is sent as it stands", async () => {
  const receiver = await startReceiver();
  expect(await post(`${receiver.url}/100%`, { kind: "ntfy" })).toMatchObject({ kind: "delivered" });
  expect(JSON.parse(receiver.received[0]?.body ?? "")).toMatchObject({ topic: "100%" });
});

test("what can pass is tried again, what cannot is refused, and nothing is followed elsewhere", async () => {
  const receiver = await startReceiver();
  const answers = async (status: number, headers: Record<string, string> = {}): Promise<Delivery> => {
    receiver.answer = (_, response) => response.writeHead(status, headers).end("no, <b>not</b> now\nsecond line");
    return post(receiver.url);
  };
  expect(await answers(204)).toMatchObject({ kind: "delivered" });
  expect(await answers(503)).toEqual({
    kind: "failed",
    reason: "HTTP status 503: no, <b>not</b> now",
    afterMs: null,
    left: null,
  });
  expect(await answers(429, { "retry-after": "120" })).toMatchObject({ kind: "failed", afterMs: 120_000 });
  expect(await answers(403)).toMatchObject({ kind: "refused" });
  expect(await answers(302, { location: `${receiver.url}/elsewhere` })).toMatchObject({ kind: "refused" });
  expect(receiver.received.map(({ path }) => path)).not.toContain("/elsewhere");
});

test("a receiver that hangs, closes early, never ends or is not there is given up in time", async () => {
  const receiver = await startReceiver();
  receiver.answer = () => undefined;
  expect(await post(receiver.url, { timeoutMs: 200 })).toMatchObject({
    kind: "failed",
    reason: "it did not answer within 200 ms",
  });
  receiver.answer = (request) => request.socket.destroy();
  expect(await post(receiver.url)).toMatchObject({ kind: "failed", reason: "the connection was cut" });
  receiver.answer = (_, response) => {
    response.writeHead(500);
    const more = setInterval(() => response.write("x".repeat(10_000)), 5);
    response.on("close", () => clearInterval(more));
  };
  expect(await post(receiver.url)).toMatchObject({
    kind: "failed",
    reason: expect.stringContaining("HTTP status 500"),
  });
  const gone = `http://127.0.0.1:${await freePort()}/`;
  expect(await post(gone)).toMatchObject({ kind: "failed", reason: "nothing listens there" });
});

function program(body: string): string {
  const path = join(testFolder(), "program");
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

function execute(command: readonly string[], timeoutMs = 3000, signal = open): Promise<Delivery> {
  const channel = withChannelSecrets({ kind: "exec", name: "pager", timeoutMs, command } as const, {
    url: null,
    key: null,
  });
  return createExecNotifier(channel).deliver(testMessage(), signal);
}

test("M14 a program gets its arguments as they are, the message on its input, and no secrets", async () => {
  process.env["MUSTER_TEST_SECRET"] = "hunter2";
  const path = program('printf "%s\\n" "$@" > "$0.args"; cat > "$0.in"; env > "$0.env"');
  expect(await execute([path, "$HOME; rm x", "two words"])).toMatchObject({ kind: "delivered" });
  expect(readFileSync(`${path}.args`, "utf8")).toBe("$HOME; rm x\ntwo words\n");
  expect(JSON.parse(readFileSync(`${path}.in`, "utf8"))).toMatchObject({ id: "17", severity: "warning" });
  const environment = readFileSync(`${path}.env`, "utf8");
  expect(environment).toContain("MUSTER_LINE=DOWN web1");
  expect(environment).not.toContain("hunter2");
});

test("a program's status says what came of it; one that hangs is ended with all that it started", async () => {
  expect(await execute([program("echo first; echo no such number >&2; exit 1")])).toMatchObject({
    kind: "refused",
    reason: expect.stringContaining("ended with status 1: no such number"),
  });
  expect(await execute([program("exit 75")])).toMatchObject({ kind: "failed" });
  expect(await execute(["/nonexistent/program"])).toMatchObject({
    kind: "refused",
    reason: expect.stringContaining("there is no such program"),
  });
  const path = program('sleep 600 & echo $! > "$0.pid"; wait');
  expect(await execute([path], 300)).toMatchObject({
    kind: "failed",
    reason: expect.stringContaining("was ended after 300 ms"),
  });
  const pid = readFileSync(`${path}.pid`, "utf8").trim();
  await until("the child of the program is gone", () => (isRunning(pid) ? null : true));
});

/** A process that ended and that nobody waited for yet does not run. */
function isRunning(pid: string): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

test("a program that floods its output and reads nothing still delivers, and muster's end ends it", async () => {
  expect(await execute([program("head -c 5000000 /dev/zero | tr '\\0' x")])).toMatchObject({ kind: "delivered" });
  const stop = new AbortController();
  const underway = execute([program("sleep 600")], 60_000, stop.signal);
  stop.abort();
  expect(await underway).toMatchObject({ kind: "failed", reason: expect.stringContaining("muster stops") });
});
