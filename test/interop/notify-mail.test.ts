/** Notifications by mail to a real server: encrypted, logged in, and when it is busy, frozen, gone or not who it says. */
import { expect, test } from "vitest";
import { withChannelSecrets } from "../../src/config/build-channel-secrets.ts";
import type { MailChannel } from "../../src/core/notify.ts";
import { createMailNotifier } from "../../src/io/notify/mail-channel.ts";
import type { Delivery } from "../../src/ports/notifier.ts";
import { freePort } from "../fakes/free-port.ts";
import { MailServer, testMessage } from "./notify-parts.ts";

const password = "s3cret-of-mail";
type Change = Partial<Omit<MailChannel, "secrets">> & { readonly key?: string };

function deliver(
  server: { port: number; ca: string },
  change: Change = {},
  message = testMessage(),
  signal?: AbortSignal,
): Promise<Delivery> {
  const { key = password, ...rest } = change;
  const base = {
    kind: "mail",
    name: "ops",
    timeoutMs: 3000,
    to: ["ops@example.org"],
    from: "muster@example.org",
  } as const;
  const where = { host: "127.0.0.1", port: server.port, security: "starttls", ca: server.ca, user: "muster" } as const;
  const channel = withChannelSecrets({ ...base, ...where, ...rest }, { url: null, key });
  return createMailNotifier(channel, { timeZone: "UTC" }).deliver(message, signal ?? new AbortController().signal);
}

test.each(["tls", "starttls"] as const)(
  "M14 P8 a mail arrives by %s, with login, as text with its own Message-ID",
  async (security) => {
    const server = await MailServer.start(security);
    expect(await deliver(server, { security })).toMatchObject({ kind: "delivered" });
    const [mail = ""] = server.mails();
    expect(mail).toContain("X-Test-Tls: True");
    expect(mail).toMatch(/^To: ops@example\.org\r?$/m);
    expect(mail).toMatch(/^Message-ID: <muster\.ops\.17\..*@example\.org>\r?$/im);
    expect(mail).toMatch(/^In-Reply-To: <muster\.ops\.16\./im);
    expect(mail).toMatch(/^Auto-Submitted: auto-generated\r?$/m);
    expect(mail).not.toContain(password);
  },
);

test("a mail in clear to this machine's server", async () => {
  const server = await MailServer.start("none");
  expect(await deliver(server, { security: "none", user: null })).toMatchObject({ kind: "delivered" });
  expect(server.mails()).toHaveLength(1);
});

test("a server that offers no STARTTLS, or another's certificate, gets nothing", async () => {
  const plain = await MailServer.start("none");
  expect(await deliver(plain)).toMatchObject({ kind: "failed" });
  const server = await MailServer.start("starttls", "mail.example.net");
  expect(await deliver(server)).toMatchObject({ kind: "failed", reason: "its certificate is for another name" });
  expect(await deliver(server, { ca: null })).toMatchObject({
    kind: "failed",
    reason: expect.stringContaining("certificate"),
  });
  expect([...plain.mails(), ...server.mails()]).toEqual([]);
});

test("a wrong password is a failure that names what the server said, not the password", async () => {
  const server = await MailServer.start("starttls");
  const delivery = await deliver(server, { key: "hunter2-hunter2" });
  expect(delivery).toMatchObject({ kind: "failed", reason: expect.stringContaining("535") });
  expect(JSON.stringify(delivery)).not.toContain("hunter2");
});

test("4xx is tried again, 5xx is refused, and who lacks it is told recipient by recipient", async () => {
  const server = await MailServer.start("starttls");
  server.mode = "busy";
  expect(await deliver(server)).toMatchObject({
    kind: "failed",
    reason: expect.stringContaining("451 4.3.0"),
    left: null,
  });
  server.mode = "refuse";
  expect(await deliver(server)).toMatchObject({ kind: "refused", reason: expect.stringContaining("554 5.7.1") });
  const to = ["first@example.org", "second@example.org"];
  server.mode = "busy-for-second";
  const part = await deliver(server, { to });
  expect(part).toMatchObject({ kind: "failed", left: ["second@example.org"] });
  server.mode = "no-second";
  expect(await deliver(server, { to })).toMatchObject({ kind: "refused", left: ["second@example.org"] });
  server.mode = "take";
  expect(await deliver(server, { to }, testMessage({ left: ["second@example.org"] }))).toMatchObject({
    kind: "delivered",
  });
  const recipients = server.mails().map((mail) => /^X-Test-Recipients: (.*?)\r?$/m.exec(mail)?.[1]);
  expect(recipients).toEqual(["first@example.org", "first@example.org", "second@example.org"]);
});

test("a server that is frozen or gone is given up in time; back again it takes the mail", async () => {
  const server = await MailServer.start("starttls");
  server.signal("SIGSTOP");
  expect(await deliver(server, { timeoutMs: 400 })).toMatchObject({ kind: "failed" });
  const stop = new AbortController();
  const underway = deliver(server, { timeoutMs: 60_000 }, testMessage(), stop.signal);
  stop.abort();
  expect(await underway).toMatchObject({ kind: "failed", reason: "muster stops" });
  server.signal("SIGCONT");
  expect(await deliver(server)).toMatchObject({ kind: "delivered" });
  await server.end();
  expect(await deliver(server)).toMatchObject({ kind: "failed", reason: "nothing listens there" });
  await server.launch("starttls");
  expect(await deliver(server)).toMatchObject({ kind: "delivered" });
});

test("a subject of strange octets stays one line, and an authority that cannot be read is told", async () => {
  const server = await MailServer.start("none");
  const [line] = testMessage().lines;
  if (line === undefined) throw new Error("a message has a line");
  const message = testMessage({
    lines: [{ ...line, text: `DOWN\r\nBcc: evil@example.net\r\n\r\n${"x".repeat(3000)}` }],
  });
  expect(await deliver(server, { security: "none", user: null }, message)).toMatchObject({ kind: "delivered" });
  const [head = ""] = (server.mails()[0] ?? "").split(/\r?\n\r?\n/);
  expect(head).toContain("Subject: =?UTF-8?Q?DOWN_Bcc=3A_evil");
  expect(head).not.toMatch(/^Bcc:/im);
  const nobody = { port: await freePort(), ca: "/nonexistent/ca.pem" };
  expect(await deliver(nobody)).toMatchObject({ kind: "failed", reason: expect.stringContaining("ca.pem") });
});
