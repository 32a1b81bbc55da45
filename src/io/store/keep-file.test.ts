import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { keepFile, placeOf } from "./keep-file.ts";
import { openDatabase } from "./open-database.ts";

test("a file whose number changes while it stays in its place, as on some network file systems, is the same", async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "muster-keep-")));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "state.sqlite");
  const db = await openDatabase(file, 100);
  const place = { ...placeOf(file), main: "0:1", log: "0:2" };
  expect(keepFile(db, place)).toEqual({ kind: "same" });
  rmSync(file);
  const moved = keepFile(db, place);
  expect(moved.kind).toBe("moved");
  if (moved.kind === "moved") moved.db.close();
});
