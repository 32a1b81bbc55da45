/** What an import gives, judged as `muster check` would: its configuration loads, and its zone files are good. */
import { ok, type Result } from "../../src/base/result.ts";
import { loadConfig } from "../../src/config/load.ts";
import { formatProblems } from "../../src/config/problem.ts";
import type { Config } from "../../src/core/model.ts";
import { textName } from "../../src/dns/name.ts";
import { rrType } from "../../src/dns/rr-types.ts";
import { faultText } from "../../src/dns/zone-file/fault.ts";
import { loadZone } from "../../src/dns/zone-load.ts";
import type { Imported } from "../../src/import/draft.ts";
import { fakeSources } from "./config-sources.ts";

/** Throws with every mistake. */
export function checkImported({ config: text, files }: Imported): Config {
  const secret = Buffer.alloc(32, 7).toString("base64");
  const loaded = loadConfig(text, { ...fakeSources, folder: "/", readSecretFile: () => ok(secret) });
  if (!loaded.ok) throw new Error(`${formatProblems(loaded.error.problems, text)}\n${text}`);
  const { config } = loaded.value;
  for (const zone of config.zones) {
    const file = files.find(({ name }) => zone.file?.endsWith(name));
    if (zone.file === null) continue;
    if (file === undefined || file.text === null) throw new Error(`${zone.file} is not among the files`);
    const pools = config.pools.filter((pool) => pool.zone === zone.origin);
    const laidOver = pools.map(({ name }) => ({ owner: textName(name), types: [rrType.A, rrType.AAAA] }));
    const read = loadZone({ origin: textName(zone.origin), file: file.name, text: file.text }, laidOver);
    if (!read.ok) throw new Error(read.error.map(faultText).join("\n"));
  }
  return config;
}

/** `file:line sentence` up to its colon, of each note. */
export function noteLines(imported: Result<Imported, string>): readonly string[] {
  if (!imported.ok) return [imported.error];
  return imported.value.notes.map(({ file, line, sentence }) => `${file}:${line} ${sentence}`);
}
