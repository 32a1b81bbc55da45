/**
 * Service names as in /etc/services, for ports that are given by name. A minimal container has no such file; then a
 * small table of the usual names serves.
 */
import { readFileSync } from "node:fs";

export interface Services {
  /** Null: no such service. */
  port(name: string, protocol: "tcp" | "udp"): number | null;
  names(): Iterable<string>;
}

const servicesFile = "/etc/services";

/** Registered with IANA; names as Debian spells them. */
const usual: Readonly<Record<string, number>> = {
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  http: 80,
  pop3: 110,
  sunrpc: 111,
  ntp: 123,
  imap2: 143,
  imap: 143,
  ldap: 389,
  https: 443,
  submissions: 465,
  submission: 587,
  ldaps: 636,
  "domain-s": 853,
  rsync: 873,
  imaps: 993,
  pop3s: 995,
  nfs: 2049,
  mysql: 3306,
  postgresql: 5432,
  amqp: 5672,
  redis: 6379,
  "http-alt": 8080,
};

export function readServices(path: string = servicesFile): Services {
  const ports = new Map(Object.entries(usual).map(([name, port]) => [`${name}/tcp`, port]));
  for (const [key, port] of parseServices(readText(path))) ports.set(key, port);
  const names = new Set([...ports.keys()].map((key) => key.slice(0, key.indexOf("/"))));
  return { port: (name, protocol) => ports.get(`${name}/${protocol}`) ?? null, names: () => names };
}

/** A file that is missing or may not be read leaves the usual names. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Lines of services(5): `name port/protocol alias ... # comment`. */
export function parseServices(text: string): Map<string, number> {
  const ports = new Map<string, number>();
  for (const line of text.split("\n")) {
    const match = /^([^\s#]+)\s+(\d{1,5})\/(tcp|udp)\b([^#]*)/.exec(line);
    if (match === null) continue;
    const [, name = "", port = "", protocol = "", aliases = ""] = match;
    for (const known of [name, ...aliases.split(/\s+/)]) {
      const key = `${known.toLowerCase()}/${protocol}`;
      if (known !== "" && !ports.has(key)) ports.set(key, Number(port));
    }
  }
  return ports;
}
