/** Everything that goes wrong around a zone file: what was there stays, it is told in a sentence, and it is tried again. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, expect, onTestFinished, test } from "vitest";
import type { FilePublishConfig } from "../../src/core/model.ts";
import { createClock } from "../../src/io/clock.ts";
import { createFileOutlet } from "../../src/io/publish/file/file-outlet.ts";
import type { Outlet } from "../../src/ports/outlet.ts";
import { setOf, untilInStep, Wanting } from "../contract/outlet.contract.ts";
import { until } from "../e2e/parts/wait.ts";
import { handText, piecesOf, recordsInFile, rememberWanted } from "../fakes/file-zone.ts";

let folder = "";
const folders: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-file-"));
  folders.push(folder);
});
// After what the tests clean up themselves, such as mounts.
afterAll(() => {
  for (const each of folders) rmSync(each, { recursive: true, force: true });
});

const www = (host: number) => setOf("www", "A", [`192.0.2.${host}`]);

function open(
  config: Partial<FilePublishConfig> = {},
  republishMs: number | null = null,
): { outlet: Outlet; sentences: string[]; path: string; aheads: number[] } {
  const path = config.path ?? join(folder, "zone");
  const sentences: string[] = [];
  const aheads: number[] = [];
  const say = (sentence: string): void => void sentences.push(sentence);
  const outlet = rememberWanted((last) =>
    createFileOutlet({
      zone: "example.org",
      config: { kind: "file", block: false, reload: null, reloadMsMax: 5_000, ...config, path },
      republishMs,
      readZone: () => {
        const zone = last();
        return zone === null ? null : piecesOf(zone);
      },
      clock: createClock(),
      log: { debug: say, info: say, warn: say, error: say },
      onAhead: (serial) => void aheads.push(serial),
      onChange: () => undefined,
      signal: new AbortController().signal,
      limits: { spacingMs: 100, retryMsMin: 20, retryMsMax: 100, lookMs: 200 },
    }),
  );
  onTestFinished(() => outlet.close());
  return { outlet, sentences, path, aheads };
}

async function refusal(outlet: Outlet, part: string): Promise<void> {
  await until(`the view says ${part}`, () => outlet.view().reason.includes(part) || null).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(outlet.view())}`, { cause: error });
  });
  expect(["refused", "unreachable"]).toContain(outlet.view().state);
}

test("M13 a full disk: told, the old file stays whole, and with room it goes on", async () => {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "muster-test", folder]);
  onTestFinished(() => void execFileSync("umount", ["--lazy", folder]));
  const { outlet, path, sentences } = open();
  const wanting = new Wanting([outlet]);
  wanting.want(www(1));
  await untilInStep(outlet, 1);
  const before = readFileSync(path, "latin1");
  const filler = join(folder, "filler");
  expect(() => execFileSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=1k", "count=512"], { stdio: "ignore" })).toThrow(
    "dd",
  );
  wanting.want(www(2));
  await refusal(outlet, "the disk is full: make room");
  expect(readFileSync(path, "latin1")).toBe(before);
  rmSync(filler);
  await untilInStep(outlet, 2);
  expect(recordsInFile(path, "www.example.org", "A")).toEqual(["60 192.0.2.2"]);
  expect(readdirSync(folder)).toEqual(["zone"]);
  expect(sentences).toEqual([
    `file ${path}: zone example.org: the disk is full: make room; it is tried again`,
    `file ${path}: zone example.org: it is in step again`,
  ]);
});

test("a folder that is not there, and a read-only file system", async () => {
  const missing = open({ path: join(folder, "nowhere", "zone") });
  new Wanting([missing.outlet]).want(www(1));
  await refusal(missing.outlet, "its folder does not exist");
  const readOnly = join(folder, "ro");
  execFileSync("mkdir", [readOnly]);
  execFileSync("mount", ["-t", "tmpfs", "-o", "ro,size=64k", "muster-test", readOnly]);
  onTestFinished(() => void execFileSync("umount", ["--lazy", readOnly]));
  const sealed = open({ path: join(readOnly, "zone") });
  new Wanting([sealed.outlet]).want(www(1));
  await refusal(sealed.outlet, "the file system is read-only");
});

test("a thousand changes make a few writes, and the last is there in the end", async () => {
  const count = join(folder, "count");
  const { outlet, path } = open({ reload: ["sh", "-c", `echo x >> ${count}`] });
  const wanting = new Wanting([outlet]);
  for (let i = 1; i <= 1_000; i++) {
    wanting.want(setOf("www", "A", [`192.0.${i >> 8}.${i & 255}`]));
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await untilInStep(outlet, 1_000);
  expect(recordsInFile(path, "www.example.org", "A")).toEqual(["60 192.0.3.232"]);
  expect(readFileSync(count, "utf8").trim().split("\n").length).toBeLessThan(20);
});

test("M9 what is written already is not written again; permissions, owner and a link stay", async () => {
  const real = join(folder, "real");
  const path = join(folder, "zone");
  writeFileSync(real, "old");
  chmodSync(real, 0o640);
  chownSync(real, 1234, 2345);
  symlinkSync("real", path);
  const first = open();
  new Wanting([first.outlet]).want(www(1));
  await untilInStep(first.outlet, 1);
  const written = statSync(path);
  expect([written.mode & 0o777, written.uid, written.gid]).toEqual([0o640, 1234, 2345]);
  await first.outlet.close();
  const second = open();
  new Wanting([second.outlet]).want(www(1));
  await untilInStep(second.outlet, 1);
  expect(statSync(path).ino).toBe(written.ino);
  expect(statSync(real).ino).toBe(written.ino);
});

test("a reload that fails is told with its last line and tried again; one that hangs is ended with its children", async () => {
  const ready = join(folder, "ready");
  const failing = open({ reload: ["sh", "-c", `test -e ${ready} || { echo one; echo not yet >&2; exit 3; }`] });
  const wanting = new Wanting([failing.outlet]);
  wanting.want(www(1));
  await refusal(failing.outlet, "ended with status 3: not yet");
  expect(recordsInFile(failing.path, "www.example.org", "A")).toEqual(["60 192.0.2.1"]);
  writeFileSync(ready, "");
  await untilInStep(failing.outlet, 1);
  const pidFile = join(folder, "pid");
  const path = join(folder, "other");
  const hanging = open({ path, reloadMsMax: 300, reload: ["sh", "-c", `sleep 60 & echo $! > ${pidFile}; wait`] });
  new Wanting([hanging.outlet]).want(www(1));
  await refusal(hanging.outlet, "was ended after 300 ms and said nothing");
  await hanging.outlet.close();
  const pid = readFileSync(pidFile, "utf8").trim();
  await until("the child is gone", () => {
    if (!existsSync(`/proc/${pid}`)) return true;
    return readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ") || null;
  });
  const absent = open({ path: join(folder, "third"), reload: ["no-such-program", "reload"] });
  new Wanting([absent.outlet]).want(www(1));
  await refusal(absent.outlet, "`no-such-program` cannot be started: there is no such program");
});

test.each([
  ["a broken pair of marks", `${handText}; muster begins\n`, "the marks of muster's block are no pair"],
  ["a record that people keep under a managed name", `${handText}www A 192.0.2.7\n`, "holds www.example.org. A"],
  ["an alias of a managed name", `${handText}www CNAME ns1\n`, "holds www.example.org. CNAME"],
  [
    "a delegation that hides a managed name",
    `${handText}www NS ns.example.net.\n`,
    "zone:9 delegates www.example.org.",
  ],
  ["a DNAME that hides it", `${handText}@ DNAME example.net.\n`, "zone:9 redirects what is below example.org."],
  ["a file with a mistake", `${handText}bad A 192.0.2.999\n`, "mend the file"],
  ["a file without a SOA", "$TTL 60\n@ NS ns1\n", "has no SOA of its own"],
  [
    "a line behind the block that lives on the one before it",
    `${handText}a A 192.0.2.8\n; muster begins\n; muster ends\n  AAAA 2001:db8::8\n`,
    "would mean something else",
  ],
])("W10 %s is refused with words, nothing is written, and mending it is enough", async (_what, text, part) => {
  const path = join(folder, "zone");
  writeFileSync(path, text, "latin1");
  const { outlet } = open({ block: true });
  new Wanting([outlet]).want(www(1));
  await refusal(outlet, part);
  expect(outlet.view().reason).toContain(path);
  expect(readFileSync(path, "latin1")).toBe(text);
  writeFileSync(path, handText, "latin1");
  await untilInStep(outlet, 1);
});

test("W10 what people write beside a block that is right already, so that it is not answered, is told", async () => {
  const { outlet, path, sentences } = open({ block: true });
  writeFileSync(path, handText, "latin1");
  new Wanting([outlet]).want(www(1));
  await untilInStep(outlet, 1);
  const right = readFileSync(path, "latin1");
  const hidden = `${right}www NS ns.example.net.\n`;
  writeFileSync(path, hidden, "latin1");
  await refusal(outlet, `${path}:12 delegates www.example.org. with NS`);
  expect(sentences.join()).toContain("no nameserver would answer muster's www.example.org. A from this zone");
  expect(readFileSync(path, "latin1")).toBe(hidden);
  writeFileSync(path, right, "latin1");
  await untilInStep(outlet, 1);
});

test("W10 people and muster write one file: neither loses a line, and the serial only rises", async () => {
  const { outlet, path } = open({ block: true });
  writeFileSync(path, handText, "latin1");
  const wanting = new Wanting([outlet]);
  for (let i = 1; i <= 20; i++) {
    wanting.want(www(i));
    const text = readFileSync(path, "latin1");
    const temporary = join(dirname(path), "editor");
    writeFileSync(temporary, text.replace(/^(foreign TXT.*\n)/m, `$1hand${i} A 192.0.2.${i}\n`), "latin1");
    execFileSync("mv", [temporary, path]);
    await untilInStep(outlet, i);
    expect(recordsInFile(path, `hand${i}.example.org`, "A")).toEqual([`3600 192.0.2.${i}`]);
  }
  expect(recordsInFile(path, "www.example.org", "A")).toEqual(["60 192.0.2.20"]);
  expect(Number(recordsInFile(path, "example.org", "SOA")[0]?.split(" ")[3])).toBeGreaterThan(2026010101 + 19);
  const text = readFileSync(path, "latin1");
  expect(text).toContain("; kept by hand\r\n");
  expect(text).toContain('foreign TXT "not muster\'s"   ; stays\n');
});

test("M10 a block's file that nobody changes gets a higher serial, and what people change counts as a change", async () => {
  const day = 86_400_000;
  const { outlet, path } = open({ block: true }, day);
  writeFileSync(path, handText, "latin1");
  const serial = (): number => Number(recordsInFile(path, "example.org", "SOA")[0]?.split(" ")[3]);
  const age = (ms: number): void => utimesSync(path, new Date(), new Date(Date.now() - ms));
  const wanting = new Wanting([outlet]);
  wanting.want(www(1));
  await untilInStep(outlet, 1);
  const first = serial();
  // Nothing else changes: a look at a file that is not old enough leaves it alone, and one that is raises its serial.
  age(day - 60_000);
  const { ino } = statSync(path);
  wanting.want(www(1));
  await untilInStep(outlet, 2);
  expect([serial(), statSync(path).ino]).toEqual([first, ino]);
  age(day + 1000);
  wanting.want(www(1));
  await untilInStep(outlet, 3);
  expect(serial()).toBeGreaterThan(first);
  expect(outlet.view().reason).toContain("its serial was raised");
  expect(recordsInFile(path, "www.example.org", "A")).toEqual(["60 192.0.2.1"]);
  expect(readFileSync(path, "latin1")).toContain("; kept by hand\r\n");
});

test("M10 a block's file is looked at by itself when it has been quiet for so long, again and again", async () => {
  const command = `echo read >> ${join(folder, "reloads")}`;
  const { outlet, path } = open({ block: true, reload: ["sh", "-c", command] }, 300);
  writeFileSync(path, handText, "latin1");
  new Wanting([outlet]).want(www(1));
  await untilInStep(outlet, 1);
  const serial = (): number => Number(recordsInFile(path, "example.org", "SOA")[0]?.split(" ")[3]);
  for (let round = 0; round < 2; round++) {
    const before = serial();
    await until("the serial rises", () => serial() > before || null);
  }
  await until("each is read", () => readFileSync(join(folder, "reloads"), "utf8").split("\n").length > 3 || null);
});

test.each([true, false])(
  "W10 what somebody else does to muster's records is found and put right: block %s",
  async (block) => {
    const { outlet, path, sentences } = open({ block });
    if (block) writeFileSync(path, handText, "latin1");
    const wanting = new Wanting([outlet]);
    for (let serial = 1; serial <= 3; serial++) wanting.want(www(1));
    await untilInStep(outlet, 3);
    const text = readFileSync(path, "latin1");
    const byHand = text
      .replace("192.0.2.1\n; muster ends", "192.0.2.66\n; muster ends")
      .replace(/(www.*)192.0.2.1\n/, "$1192.0.2.66\n");
    // Of a whole zone, an older one.
    writeFileSync(path, block ? byHand : byHand.replace(/ 3 7200/, " 2 7200"), "latin1");
    expect(recordsInFile(path, "www.example.org", "A")).toEqual(["60 192.0.2.66"]);
    await until("it is put right", () => recordsInFile(path, "www.example.org", "A")[0] === "60 192.0.2.1" || null);
    await until("it is told", () => sentences.length > 0 || null);
    expect(sentences).toEqual([
      `file ${path}: zone example.org: somebody else had changed what muster keeps there; it is put right`,
    ]);
  },
);

test("M11 a file with a higher serial is not written over, until the zone is above it", async () => {
  const path = join(folder, "zone");
  writeFileSync(path, handText, "latin1");
  const { aheads, outlet } = open();
  const wanting = new Wanting([outlet]);
  wanting.want(www(1));
  await refusal(
    outlet,
    "it has serial 2026010101, and the zone is not above it: raise the zone's serial, or remove the file",
  );
  expect(aheads[0]).toBe(2_026_010_101);
  expect(readFileSync(path, "latin1")).toBe(handText);
  wanting.serial = 2_026_010_101;
  wanting.want(www(1));
  await untilInStep(outlet, 2_026_010_102);
  expect(recordsInFile(path, "www.example.org", "A")).toEqual(["60 192.0.2.1"]);
});
