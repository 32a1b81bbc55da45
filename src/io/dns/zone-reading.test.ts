import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { expect, test } from "vitest";
import { textName } from "../../dns/name.ts";
import type { Piece } from "./protocol.ts";
import { readZoneFile, type ZoneReading } from "./zone-reading.ts";

const whole = "$TTL 60\n@ IN SOA ns h 1 2 3 4 5\n@ IN NS ns\nns IN A 192.0.2.1\n";

test("the thread reads file after file, and one that is refused does not end it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "muster-zone-reading-"));
  const file = join(folder, "zone");
  const kinds: Piece["kind"][] = [];
  const read = (): Promise<ZoneReading> => {
    const { port1, port2 } = new MessageChannel();
    port2.on("message", (piece: Piece) => {
      kinds.push(piece.kind);
      if (piece.kind === "sets") port2.postMessage(null);
    });
    return readZoneFile({ origin: textName("example.org."), file }, { before: null, ports: [port1] });
  };
  try {
    await writeFile(file, whole);
    expect((await read()).ok).toBe(true);
    await writeFile(file, "nonsense");
    expect((await read()).ok).toBe(false);
    await rm(file);
    expect(spawnSync("mkfifo", [file]).status).toBe(0);
    expect(await read()).toEqual({ ok: false, error: [`${file}: is not an ordinary file`] });
    await rm(file);
    await writeFile(file, whole);
    expect(await Promise.all([read(), read()])).toMatchObject([{ ok: true }, { ok: true }]);
    await expect.poll(() => kinds.filter((kind) => kind === "end")).toHaveLength(3);
  } finally {
    await rm(folder, { recursive: true });
  }
});
