import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { expect, test } from "vitest";
import { textName } from "../../dns/name.ts";
import type { Piece } from "./protocol.ts";
import { compareZoneFile, readZoneFile, type ZoneReading } from "./zone-reading.ts";

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

test("a file that delegates a pool's name away is refused, as `muster check` has it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "muster-zone-reading-"));
  const file = join(folder, "zone");
  try {
    await writeFile(file, `${whole}www.sub IN A 192.0.2.7\n`);
    const source = { origin: textName("example.org."), file, decided: [textName("www.sub.example.org.")] };
    expect((await compareZoneFile(source, [])).ok).toBe(true);
    await writeFile(file, `${whole}sub IN NS ns.example.net.\n`);
    const sentence =
      "sub.example.org. is delegated away here, so the pool www.sub.example.org. would never be answered";
    const refused = { ok: false, error: [`${file}:5: ${sentence}`] };
    expect(await compareZoneFile(source, [])).toEqual(refused);
    const { port1 } = new MessageChannel();
    expect(await readZoneFile(source, { before: null, ports: [port1] })).toEqual(refused);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("P7 a file that lost more than is allowed is refused and feeds nobody; told what it loses, it is taken", async () => {
  const folder = await mkdtemp(join(tmpdir(), "muster-zone-reading-"));
  const file = join(folder, "zone");
  const origin = textName("example.org.");
  const kinds: Piece["kind"][] = [];
  const read = (before: readonly Uint8Array[] | null, removalMax: number | null): Promise<ZoneReading> => {
    const { port1, port2 } = new MessageChannel();
    port2.on("message", (piece: Piece) => {
      kinds.push(piece.kind);
      if (piece.kind !== "end") port2.postMessage(null);
    });
    return readZoneFile({ origin, file, removalMax }, { before, ports: [port1] });
  };
  try {
    await writeFile(file, `${whole}a IN A 192.0.2.2\nb IN A 192.0.2.3\n`);
    const first = await read(null, 0.1);
    const pieces = first.ok ? first.value.pieces : null;
    await writeFile(file, `${whole}a IN A 192.0.2.9\n`);
    await expect.poll(() => kinds).toEqual(["sets", "end"]);
    const why =
      "it would remove 2 of 4 records, more than the 40 % that `removal-max` allows; force it with a reason if that is meant";
    expect(await read(pieces, 0.4)).toEqual({ ok: false, error: [`${file}: ${why}`] });
    expect(await compareZoneFile({ origin, file }, pieces ?? [])).toEqual({
      ok: true,
      value: {
        published: 4,
        removed: 2,
        lost: ["a.example.org. 60 IN A 192.0.2.2", "b.example.org. 60 IN A 192.0.2.3"],
        gained: ["a.example.org. 60 IN A 192.0.2.9"],
      },
    });
    expect(kinds).toEqual(["sets", "end"]);
    expect((await read(pieces, null)).ok).toBe(true);
    await expect.poll(() => kinds).toEqual(["sets", "end", "changes", "end"]);
    expect((await read(pieces, 0.5)).ok).toBe(true);
    await writeFile(file, "nonsense");
    expect((await compareZoneFile({ origin, file }, pieces ?? [])).ok).toBe(false);
  } finally {
    await rm(folder, { recursive: true });
  }
});
