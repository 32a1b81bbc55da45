import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClock } from "../../src/io/clock.ts";
import { createFileOutlet } from "../../src/io/publish/file/file-outlet.ts";
import { handText, piecesOf, recordsInFile, rememberWanted } from "../fakes/file-zone.ts";
import { silentLog } from "../fakes/silent-log.ts";
import { outletContract } from "./outlet.contract.ts";

for (const block of [false, true]) {
  outletContract(block ? "block in a zone file" : "whole zone file", async () => {
    const top = mkdtempSync(join(tmpdir(), "muster-file-"));
    const folder = join(top, "zones");
    mkdirSync(folder);
    const path = join(folder, "example.org");
    if (block) writeFileSync(path, handText);
    const outlet = rememberWanted((last) =>
      createFileOutlet({
        zone: "example.org",
        config: { kind: "file", path, block, reload: null, reloadMsMax: 1000 },
        republishMs: null,
        readZone: () => {
          const zone = last();
          return zone === null ? null : piecesOf(zone);
        },
        clock: createClock(),
        log: silentLog,
        onAhead: () => undefined,
        onChange: () => undefined,
        signal: new AbortController().signal,
        limits: { spacingMs: 20, retryMsMin: 20 },
      }),
    );
    return {
      outlet,
      records: async (name, type) => recordsInFile(path, name, type),
      takeAway: async () => renameSync(folder, `${folder}.away`),
      giveBack: async () => renameSync(`${folder}.away`, folder),
      close: async () => {
        await outlet.close();
        if (existsSync(top)) rmSync(top, { recursive: true });
      },
    };
  });
}
