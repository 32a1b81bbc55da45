/**
 * The live half of `judgement`: six web servers on loopback that crash, freeze, flap, restart one after the other and
 * fail by half, and every checker at once beside them, muster with its defaults, the others as fast as they can be set.
 */
import { join } from "node:path";
import { type Contender, contenders } from "../parts/contenders.ts";
import { awaitAnswer, countAnswered, watchName } from "../parts/dns-client.ts";
import { type Member, startMember } from "../parts/nginx.ts";
import { makeFolder, pause } from "../parts/processes.ts";
import { freePort, fullName, writeZone } from "../parts/service.ts";
import { percentileOf } from "../parts/statistics.ts";
import { type Options, type Report, wantsSubject } from "../parts/types.ts";

const addresses = Array.from({ length: 6 }, (_, i) => `127.0.1.${i + 1}`);
const faultMs = 15_000;
const recoveryMs = 25_000;
const shortFaultMs = 6_000;
const firstAnswersMsMax = 240_000;
/** A member that has just recovered may be out for so long, as slow as a peer proves it again. */
const graceMs = 20_000;

interface Fault {
  readonly address: string;
  readonly from: number;
  to: number;
}

interface Checker {
  readonly contender: Contender;
  /** When each address left the answers, in `performance.now()`. */
  readonly departures: { readonly address: string; readonly at: number }[];
  stop(): void;
}

type Act = (members: readonly Member[], faults: Fault[]) => Promise<void>;

async function hold(
  member: Member | undefined,
  faults: Fault[],
  how: { kind: "stop" | "freeze"; ms: number },
): Promise<void> {
  if (member === undefined) throw new Error("no member");
  const from = how.kind === "stop" ? member.stop() : await member.freeze();
  const fault = { address: member.address, from, to: Number.POSITIVE_INFINITY };
  faults.push(fault);
  await pause(how.ms);
  await member.revive();
  fault.to = performance.now();
}

const acts: readonly Act[] = [
  (members, faults) => hold(members[0], faults, { kind: "stop", ms: faultMs }),
  (members, faults) => hold(members[1], faults, { kind: "freeze", ms: faultMs }),
  async (members, faults) => {
    for (let round = 0; round < 3; round += 1) {
      await hold(members[2], faults, { kind: "stop", ms: shortFaultMs });
      await pause(shortFaultMs);
    }
  },
  async (members, faults) => {
    for (const member of members) {
      await hold(member, faults, { kind: "stop", ms: shortFaultMs });
      await pause(shortFaultMs);
    }
  },
  async (members, faults) => {
    await Promise.all(members.slice(3).map((member) => hold(member, faults, { kind: "freeze", ms: faultMs })));
  },
];

export async function measureLive(options: Options, report: Report): Promise<void> {
  const folder = await makeFolder("judgement");
  const port = await freePort();
  const members = await Promise.all(
    addresses.map((address) => startMember({ folder: join(folder, address), address, port })),
  );
  const zoneFile = await writeZone(folder, []);
  const checkers: Checker[] = [];
  for (const contender of contenders) {
    const wanted = contender.subject === "muster" ? "default" : "fastest";
    if (contender.tempo !== wanted || !wantsSubject(options, contender.subject)) continue;
    checkers.push(await startChecker(contender, { port, zoneFile, report }));
  }
  const faults: Fault[] = [];
  for (const [i, act] of acts.entries()) {
    report.progress(`judgement: live ${i + 1} of ${acts.length}`);
    await act(members, faults);
    await pause(recoveryMs, options.signal);
  }
  for (const checker of checkers) judge(checker, faults, report);
  report.note("live: crash, freeze, flapping, rolling restart, half the servers frozen; all checkers side by side");
}

async function startChecker(
  contender: Contender,
  how: { readonly port: number; readonly zoneFile: string; readonly report: Report },
): Promise<Checker> {
  const { port, report, zoneFile } = how;
  const server = { address: "127.0.0.1", port: await freePort() };
  const pools = { names: ["www"], members: addresses, port, tempo: contender.tempo, check: "http" } as const;
  const folder = await makeFolder(contender.subject);
  const started = await contender.start({ folder, server, core: null, namespace: null, zoneFile, pools });
  report.setting(contender.subject, `live: ${contender.tempo}: ${started.settings}`);
  const name = fullName("www");
  await awaitAnswer(started.server, {
    name,
    accept: countAnswered(addresses.length),
    msMax: firstAnswersMsMax,
    everyMs: 50,
  });
  const departures: Checker["departures"] = [];
  let present = new Set<string>(addresses);
  const watch = await watchName(started.server, {
    name,
    everyMs: 5,
    onAnswer: (answer) => {
      const now = new Set(answer.addresses);
      for (const address of present) if (!now.has(address)) departures.push({ address, at: answer.at });
      present = now;
    },
  });
  return { contender, departures, stop: () => watch.stop() };
}

/** A departure belongs to a fault of its address that runs, or has just ended; any other is false. */
function judge(checker: Checker, faults: readonly Fault[], report: Report): void {
  checker.stop();
  const { departures } = checker;
  const during = ({ address, from, to }: Fault, departure: (typeof departures)[number]): boolean =>
    departure.address === address && departure.at >= from && departure.at < to + graceMs;
  const wrong = departures.filter((departure) => !faults.some((fault) => during(fault, departure)));
  const seen = faults.map((fault) =>
    departures.find(({ address, at }) => address === fault.address && at >= fault.from && at < fault.to),
  );
  const delays = faults.flatMap((fault, i) => {
    const departure = seen[i];
    return departure === undefined ? [] : [(departure.at - fault.from) / 1_000];
  });
  const sample = (metric: string, value: number): void =>
    report.samples({ subject: checker.contender.subject, case: "live", metric }, [value]);
  sample("false_removals", wrong.length);
  sample("missed_faults", seen.filter((departure) => departure === undefined).length);
  if (delays.length === 0) return;
  sample("detection_p50_seconds", percentileOf(delays, 0.5));
  sample("detection_p99_seconds", percentileOf(delays, 0.99));
}
