/** Real mail servers of Debian in folders of their own: Postfix for SMTP, Dovecot for POP3 and IMAP. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../fakes/free-port.ts";
import type { CertificateFiles } from "./certificates.ts";
import { isAccepting } from "./accepting.ts";
import { type ProcessGroup, removeFolder, startGroup, untilReady } from "./process-group.ts";

export interface MailServer extends ProcessGroup {
  readonly ports: Readonly<Record<"smtp" | "smtps" | "pop3" | "pop3s" | "imap" | "imaps", number>>;
}

const noPorts = { smtp: 0, smtps: 0, pop3: 0, pop3s: 0, imap: 0, imaps: 0 };

function newFolder(label: string): string {
  const folder = mkdtempSync(join(tmpdir(), `muster-${label}-`));
  chmodSync(folder, 0o755);
  return folder;
}

/** `settings`: further lines of main.cf. */
export async function startPostfix(certificate: CertificateFiles, settings = ""): Promise<MailServer> {
  const folder = newFolder("postfix");
  const [smtp, smtps] = [await freePort(), await freePort()];
  const [queue, data] = [join(folder, "queue"), join(folder, "data")];
  for (const made of [queue, data]) mkdirSync(made);
  execFileSync("chown", ["postfix", data]);
  writeFileSync(
    join(folder, "main.cf"),
    `compatibility_level = 3.7\nqueue_directory = ${queue}\ndata_directory = ${data}\nmyhostname = mail.example.org
inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmaillog_file_prefixes = ${folder}
maillog_file = ${folder}/log\nalias_maps =
smtpd_tls_security_level = may
smtpd_tls_cert_file = ${certificate.cert}\nsmtpd_tls_key_file = ${certificate.key}\n${settings}\n`,
  );
  writeFileSync(
    join(folder, "master.cf"),
    `127.0.0.1:${smtp} inet n - n - - smtpd
127.0.0.1:${smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
postlog unix-dgram n - n - 1 postlogd
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
cleanup unix n - n - 0 cleanup
`,
  );
  // It makes the folders of the queue, and complains about their owners, whom nothing here needs.
  execFileSync("postfix", ["-c", folder, "check"], { stdio: "ignore" });
  const master = startGroup(["/usr/lib/postfix/sbin/master", "-c", folder, "-s"]);
  const group = { ...master, printed: () => master.printed() + logOf(join(folder, "log")) };
  await untilReady(group, () => isAccepting(smtp));
  return { ...ending(group, folder), ports: { ...noPorts, smtp, smtps } };
}

function logOf(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

export async function startDovecot(certificate: CertificateFiles): Promise<MailServer> {
  const folder = newFolder("dovecot");
  const [pop3, pop3s, imap, imaps] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const listener = (name: string, port: number, ssl: boolean): string =>
    `inet_listener ${name} {\n port = ${port}\n${ssl ? " ssl = yes\n" : ""}}\n`;
  writeFileSync(
    join(folder, "conf"),
    `base_dir = ${folder}/run\nstate_dir = ${folder}/state\nlog_path = /dev/stderr\nlisten = 127.0.0.1
protocols = imap pop3\nssl = yes\nssl_cert = <${certificate.cert}\nssl_key = <${certificate.key}
login_greeting = Mailbox ready.\nmail_location = maildir:${folder}/mail/%u
passdb {\n driver = static\n args = nopassword=y\n}\nuserdb {\n driver = static\n args = uid=nobody gid=nogroup home=${folder}\n}
service pop3-login {\n${listener("pop3", pop3, false)}${listener("pop3s", pop3s, true)}}
service imap-login {\n${listener("imap", imap, false)}${listener("imaps", imaps, true)}}\n`,
  );
  const group = startGroup(["dovecot", "-F", "-c", join(folder, "conf")]);
  await untilReady(group, async () => (await isAccepting(pop3)) && isAccepting(imap));
  return { ...ending(group, folder), ports: { ...noPorts, pop3, pop3s, imap, imaps } };
}

function ending(group: ProcessGroup, folder: string): ProcessGroup {
  return {
    ...group,
    stop: async (signal) => {
      await group.stop(signal);
      removeFolder(folder);
    },
  };
}
