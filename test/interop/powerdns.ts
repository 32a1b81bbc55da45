/**
 * PowerDNS with a database in a file (packages pdns-server and pdns-backend-sqlite3), for every part that it plays in tests.
 * Its zones and keys live in that database, where pdnsutil puts them, and so the command is a shell's: fill it, then serve.
 * All caches are off, since they last longer than a test.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { KeyConfig } from "../../src/core/model.ts";

const schemaFile = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql";

export interface PowerdnsPlan {
  readonly folder: string;
  readonly port: number;
  /** Of pdns.conf, besides what every server here has. */
  readonly settings: readonly string[];
  /** Arguments of pdnsutil while the database is new. */
  readonly first: readonly (readonly string[])[];
  /** The same before every start. */
  readonly always?: readonly (readonly string[])[];
  /** The database, within the folder. */
  readonly database?: string;
}

/** Arguments that make a key known. */
export function importKey({ algorithm, name, secret }: KeyConfig): readonly string[] {
  return ["import-tsig-key", name, algorithm, secret];
}

export function pdnsutil(folder: string, args: readonly string[]): string {
  return ["pdnsutil", `--config-dir=${folder}`, ...args].map((word) => `'${word}'`).join(" ");
}

/** Writes the configuration and an empty database, and returns the command. A database that is there is kept. */
export function preparePowerdns(plan: PowerdnsPlan): readonly [string, readonly string[]] {
  const { always = [], first, folder, port, settings } = plan;
  const file = join(folder, plan.database ?? "pdns.db");
  const common = [
    `launch=gsqlite3\ngsqlite3-database=${file}\nlocal-address=127.0.0.1\nlocal-port=${port}\nsocket-dir=${folder}`,
    "guardian=no\ndaemon=no\nreceiver-threads=1\nsecurity-poll-suffix=\nlog-dns-details=yes\nloglevel=5",
    "zone-cache-refresh-interval=0\ncache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0",
  ];
  writeFileSync(join(folder, "pdns.conf"), `${[...common, ...settings].join("\n")}\n`);
  const empty = join(folder, "empty.db");
  rmSync(empty, { force: true });
  const database = new DatabaseSync(empty);
  database.exec(readFileSync(schemaFile, "utf8"));
  database.close();
  const script = [
    `if [ ! -e ${file} ]; then cp ${empty} ${file}`,
    ...first.map((args) => pdnsutil(folder, args)),
    "fi",
    ...always.map((args) => pdnsutil(folder, args)),
    `exec pdns_server --config-dir=${folder}`,
  ];
  return ["sh", ["-ec", script.join("\n")]];
}
