/**
 * Imports the files of the load-sharing cluster: `failover-monitor.config` with its checks, `failover.config` of the
 * nodes, and `normal-dns` with the records of the normal state. Each checked host name becomes a pool, each check a TCP
 * probe that sends the request and looks for the reply; the name servers become servers that are updated, with a key in
 * the password's place.
 */
import type { Result } from "../base/result.ts";
import { parseAddress } from "../config/address.ts";
import { memberTextCharsMax } from "../config/limits.ts";
import { parseMailAddress } from "../config/notify-scalars.ts";
import { parseName } from "../config/scalars.ts";
import { type CheckDraft, Draft, type Imported, type PoolDraft, quoteFound } from "./draft.ts";
import { type KeyLine, readKeyLines } from "./key-lines.ts";
import { readNormalState } from "./normal-state.ts";

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

export interface PhonaxSource {
  readonly monitor: NamedText;
  readonly server: NamedText;
  readonly normal: NamedText;
  /** As in /etc/services; null: unknown. */
  readonly servicePort: (name: string) => number | null;
}

const keyName = "muster-update";
const secretFile = "muster-update.secret";
/** ip, host name, service, script, request, reply. */
const checkFields = 6;

export function importPhonax(source: PhonaxSource): Result<Imported, string> {
  const draft = new Draft();
  const servers: string[] = [];
  for (const line of readKeyLines(source.monitor, draft.notes)) readMonitorLine(draft, line, { source, servers });
  for (const line of readKeyLines(source.server, draft.notes)) noteServerLine(draft, line);
  const ttls = readNormalState(source.normal, draft);
  addZones(draft, source.monitor.name, { servers, ttls });
  return draft.finish(source.monitor.name);
}

function readMonitorLine(
  draft: Draft,
  line: KeyLine,
  { servers, source }: { source: PhonaxSource; servers: string[] },
): void {
  const note = (sentence: string): void => draft.notes.add(line.file, line.line, sentence);
  if (/^check_server\d*$/.test(line.key)) return readCheck(draft, line, source);
  if (/^bind8_dns_server\d+$/.test(line.key)) {
    const address = parseAddress(line.value);
    if (address === null) note(`${line.key} is no address (${quoteFound(line.value)}): add the server under publish`);
    else if (!servers.includes(address.text)) servers.push(address.text);
    return;
  }
  if (line.key === "email") return readMail(draft, line);
  const advice = monitorAdvice.get(line.key);
  note(advice ?? `${quoteFound(line.key)} is unknown here and was left out: look whether you need it`);
}

const password =
  `password is not carried over: towards the DNS servers the TSIG key ${keyName} replaces it (put the secret of ` +
  `${secretFile} into their configuration, too), towards the nodes each agent's own enrolment`;

const monitorAdvice: ReadonlyMap<string, string> = new Map([
  ["password", password],
  [
    "clusternode_server_port",
    "clusternode_server_port is not carried over: agents enrol with muster and need no port here",
  ],
]);

const serverAdvice: ReadonlyMap<string, string> = new Map([
  ...monitorAdvice,
  ["local_server_port", "local_server_port is not carried over: DNS servers take updates (RFC 2136) on their own port"],
  ["scripts_path", "scripts_path is not carried over: let each node's agent, or systemd, restart its services"],
  [
    "failover_directory",
    "failover_directory is not needed: the normal state is the configuration (`muster reset --to-normal`)",
  ],
]);

/** Both files name it, as a rule the same. */
function readMail(draft: Draft, { file, line, value }: KeyLine): void {
  for (const part of value.split(/[\s,]+/).filter((each) => each !== "")) {
    const address = parseMailAddress(part);
    const found = `email: ${quoteFound(part)}`;
    if (!address.ok) {
      draft.notes.add(file, line, `${found} is no mail address: add who should be told under notify`);
    } else if (!draft.mailTo.has(address.value)) {
      draft.mailTo.add(address.value);
      const advice = "by the mail server of this machine, from the same address: say another under notify";
      draft.notes.add(file, line, `${found} is told of troubles ${advice}`);
    }
  }
}

function noteServerLine(draft: Draft, { file, key, line, value }: KeyLine): void {
  if (key === "email") return readMail(draft, { file, key, line, value });
  const advice = serverAdvice.get(key);
  draft.notes.add(
    file,
    line,
    advice ?? `${quoteFound(key)} is unknown here and was left out: look whether you need it`,
  );
}

function readCheck(draft: Draft, { file, key, line, value }: KeyLine, { servicePort }: PhonaxSource): void {
  const note = (sentence: string): void => draft.notes.add(file, line, `${key}: ${sentence}`);
  const fields = value.split("|");
  const [ip = "", host = "", service = "", script = "", request = "", reply = ""] = fields.map((field, index) =>
    // Blanks at the edges of request and reply are part of them.
    index < checkFields - 2 ? field.trim() : field,
  );
  if (fields.length !== checkFields) {
    return note(
      `found ${fields.length} fields, expected ip|host name|service|script|request|reply: add the member by hand`,
    );
  }
  const name = parseName(host);
  if (!name.ok || !name.value.includes("."))
    return note(`${quoteFound(host)} is no full host name: add the pool by hand`);
  const port = portOf(service, servicePort);
  if (port === null) return note(`there is no service ${quoteFound(service)} on this machine: write its port`);
  if (request.length > memberTextCharsMax || reply.length > memberTextCharsMax)
    return note(`the request or the reply is longer than ${memberTextCharsMax} characters: add the check by hand`);
  const pool = draft.pools.get(name.value) ?? newPool();
  draft.pools.set(name.value, pool);
  const why = draft.addMember(pool, { address: ip, check: checkOf({ port, reply, request }) });
  if (why !== null) {
    const again = why.endsWith("is a member already");
    const advice = again
      ? "a member has one check, so make a second pool for another service"
      : "add the member by hand";
    return note(`${why} of ${name.value}: ${advice}`);
  }
  if (script !== "")
    note(
      `the script ${quoteFound(script)} is not called: let the node's agent, or systemd (Restart=), restart the service`,
    );
}

function newPool(): PoolDraft {
  return { policy: "round-robin", answers: null, members: [] };
}

function portOf(service: string, servicePort: PhonaxSource["servicePort"]): number | null {
  if (!/^\d+$/.test(service)) return servicePort(service);
  const port = Number(service);
  return port >= 1 && port <= 65_535 ? port : null;
}

function checkOf({ port, reply, request }: { port: number; request: string; reply: string }): CheckDraft {
  return { tcp: { port, ...(request === "" ? {} : { send: request }), ...(reply === "" ? {} : { expect: reply }) } };
}

function addZones(draft: Draft, file: string, { servers, ttls }: { servers: readonly string[]; ttls: Ttls }): void {
  const seconds = new Map<string, number>();
  for (const [name, { members }] of draft.pools) {
    if (members.length === 0) continue;
    const zone = name.slice(name.indexOf(".") + 1);
    const before = seconds.get(zone);
    seconds.set(zone, Math.min(ttls.get(name) ?? before ?? ttlDefault, before ?? Number.POSITIVE_INFINITY));
  }
  const isUpdated = servers.length > 0;
  for (const [zone, ttl] of seconds) {
    const place = isUpdated ? { publish: [{ update: { servers, key: keyName } }] } : { nameservers: [`ns1.${zone}`] };
    draft.zones.set(zone, { ttl: `${ttl}s`, ...place });
    if (!isUpdated)
      draft.notes.add(
        file,
        0,
        `no DNS server of ${zone} is named: muster serves it itself, and ns1.${zone} is a guess`,
      );
  }
  if (!isUpdated) return;
  draft.keys.set(keyName, { algorithm: "hmac-sha256", secret: { file: secretFile } });
  draft.files.push({ name: secretFile, text: null });
}

type Ttls = ReadonlyMap<string, number>;

/** Of names without a record in the normal state: the original's. */
const ttlDefault = 1;
