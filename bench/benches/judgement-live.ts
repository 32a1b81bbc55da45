/**
 * The live half of `judgement`: all eight kinds of history played with real servers, in namespaces, before all checkers at
 * once: they stand in one place and see the same network in the same moment. muster runs with its defaults, a reference and
 * two watchers in other places; the others as fast as they can be set, from the one place that they have.
 */
import { join } from "node:path";
import { type HistoryKind, historyKinds } from "../../sim/judgement.ts";
import { Absences, type Fault, judge } from "../parts/absences.ts";
import { type Contender, contenders } from "../parts/contenders.ts";
import { awaitAnswer, countAnswered, watchName } from "../parts/dns-client.ts";
import { type Member, startMember } from "../parts/nginx.ts";
import { createPlaces, type Places } from "../parts/places.ts";
import { makeFolder, onCleanup, pause, waitUntil } from "../parts/processes.ts";
import { freePort, fullName, type Service, writeZone } from "../parts/service.ts";
import { percentileOf } from "../parts/statistics.ts";
import { type Options, type Report, wantsCase, wantsSubject } from "../parts/types.ts";
import { startWatchedMuster } from "../parts/watched-muster.ts";
import { acts, actsText, checkerPlace, membersPerSite, type Scene, sites } from "./judgement-acts.ts";

const watcherPlaces = ["watch1", "watch2"] as const;
const memberPort = 8_080;
const slowPort = 8_090;
const lookEveryMs = 5;
const firstAnswersMsMax = 60_000;
/** So long all checkers may take until they answer with all members again; then the next kind is played all the same. */
const returnMsMax = 15_000;
const settleMs = 2_000;
/** A removal within so long after a fault's end was on its way already. */
const graceMs = 5_000;
/** muster's default. */
const intervalSeconds = 1;

interface Checker {
  readonly contender: Contender;
  readonly absences: Absences;
  stop(): Promise<void>;
}

interface Played {
  readonly kind: HistoryKind;
  readonly from: number;
  readonly to: number;
}

export function liveKinds(options: Options): readonly HistoryKind[] {
  return historyKinds.filter((kind) => wantsCase(options, `live/${kind}`));
}

export async function measureLive(options: Options, report: Report): Promise<void> {
  const { quick, signal } = options;
  const places = await createPlaces([
    { name: checkerPlace, hosts: [2] },
    ...watcherPlaces.map((name, i) => ({ name, hosts: [3 + i] })),
    ...sites.map((name, i) => ({
      name,
      hosts: [1, 2, 3].slice(0, membersPerSite).map((host) => 100 * (i + 1) + host),
    })),
  ]);
  const members = await startMembers(places);
  const checkers = await startCheckers({ places, members, options, report });
  const scene: Scene = { places, members, faults: [], quick, signal };
  const played: Played[] = [];
  for (const kind of liveKinds(options)) {
    report.progress(`judgement: live/${kind}`);
    const from = performance.now();
    await acts[kind](scene, kind);
    await awaitReturn(checkers, { kind, report });
    await pause(settleMs, signal);
    played.push({ kind, from, to: performance.now() });
  }
  for (const checker of checkers) await finish(checker, { played, faults: scene.faults, report });
  noteLive(report);
}

function startMembers(places: Places): Promise<Member[]> {
  const all = sites.map((site) => places.find(site));
  const one = async ({ address, i, namespace }: { address: string; i: number; namespace: string }): Promise<Member> => {
    const folder = await makeFolder("member");
    return startMember({ folder: join(folder, address), address, namespace, port: memberPort, slowPort: slowPort + i });
  };
  return Promise.all(
    all.flatMap(({ addresses, namespace }) => addresses.map((address, i) => one({ address, namespace, i }))),
  );
}

async function startCheckers(of: {
  readonly places: Places;
  readonly members: readonly Member[];
  readonly options: Options;
  readonly report: Report;
}): Promise<readonly Checker[]> {
  const zoneFile = await writeZone(await makeFolder("zone"), []);
  const wanted = contenders.filter(
    ({ subject, tempo }) =>
      tempo === (subject === "muster" ? "default" : "fastest") && wantsSubject(of.options, subject),
  );
  const checkers: Checker[] = [];
  for (const contender of wanted) checkers.push(await startChecker(contender, { ...of, zoneFile }));
  return checkers;
}

async function startChecker(
  contender: Contender,
  of: {
    readonly places: Places;
    readonly members: readonly Member[];
    readonly zoneFile: string;
    readonly report: Report;
  },
): Promise<Checker> {
  const { places, report, zoneFile } = of;
  const { subject, tempo } = contender;
  const place = places.find(checkerPlace);
  const addresses = of.members.map(({ address }) => address);
  const service: Service = {
    folder: await makeFolder(subject),
    server: { address: place.address, port: await freePort() },
    core: null,
    namespace: place.namespace,
    zoneFile,
    pools: { names: ["www"], members: addresses, port: memberPort, tempo, check: "http" },
  };
  const vantage = {
    controller: place.addresses[0] ?? "",
    watchers: watcherPlaces.map((name) => places.find(name)),
    reference: places.middle,
  };
  const started = await (subject === "muster" ? startWatchedMuster(service, vantage) : contender.start(service));
  report.setting(subject, `live: ${tempo}: ${started.settings}`);
  const name = fullName("www");
  const accept = countAnswered(addresses.length);
  await awaitAnswer(started.server, { name, accept, msMax: firstAnswersMsMax, everyMs: 50 });
  const absences = new Absences(addresses);
  const onAnswer = absences.see.bind(absences);
  const watch = await watchName(started.server, { name, everyMs: lookEveryMs, onAnswer });
  return { contender, absences, stop: onCleanup(async () => watch.stop()) };
}

/** Who recovers slowly must not be judged by it again in the next kind, for as long as there is time for that. */
async function awaitReturn(
  checkers: readonly Checker[],
  of: { readonly kind: HistoryKind; readonly report: Report },
): Promise<void> {
  const late = (): readonly Checker[] => checkers.filter(({ absences }) => absences.absent > 0);
  const isOver = (): boolean => late().length === 0;
  await waitUntil(isOver, { what: "all members in all answers", msMax: returnMsMax }).catch(() => {
    for (const { absences, contender } of late()) {
      const whom = `${absences.absent} members ${returnMsMax / 1000} s after live/${of.kind}`;
      of.report.note(`live: ${contender.subject} had not taken back ${whom}`);
    }
  });
}

async function finish(
  checker: Checker,
  of: { readonly played: readonly Played[]; readonly faults: readonly Fault[]; readonly report: Report },
): Promise<void> {
  await checker.stop();
  const absences = checker.absences.all();
  const whole = { kind: null, from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  const wrong = judge(absences, of.faults, graceMs).falseRemovals;
  for (const { from, kind, to } of [whole, ...of.played]) {
    const faults = of.faults.filter((fault) => kind === null || fault.kind === kind);
    const judged = judge(absences, faults, graceMs);
    const name = kind === null ? "live" : `live/${kind}`;
    const sample = (metric: string, value: number): void =>
      of.report.samples({ subject: checker.contender.subject, case: name, metric }, [value]);
    sample("false_removals", wrong.filter((absence) => absence.from >= from && absence.from < to).length);
    sample("missed_faults", judged.missedFaults.length);
    if (judged.detectionsMs.length === 0) continue;
    const seconds = judged.detectionsMs.map((ms) => ms / 1_000);
    sample("detection_p50_seconds", percentileOf(seconds, 0.5));
    sample("detection_p99_seconds", percentileOf(seconds, 0.99));
    if (checker.contender.subject !== "muster") continue;
    sample("detection_p99_intervals", percentileOf(seconds, 0.99) / intervalSeconds);
  }
}

function noteLive(report: Report): void {
  report.note(
    "live: six web servers at two sites, the checkers in a third place and muster's watchers in two more, each a network " +
      "namespace; all checkers side by side, asked every 5 ms over a link of their own that is never disturbed",
  );
  report.note(
    "live: for all alike, a fault is the time for which nobody can reach a server; a false removal is an address that leaves " +
      `the answers neither in a fault of its server nor within ${graceMs / 1000} s after one, each time it leaves; a fault is ` +
      "missed when its address stays in the answers while it lasts; detection is from the fault to the first answer without it",
  );
  report.note(
    "live: gdnsd and PowerDNS check from one place and know neither watchers nor references; that place is where paths are " +
      "lossy and the link is lost, for muster's own checks and its watchers' reports, too; where a peer finds nobody up, or " +
      "gdnsd fewer than half, it answers with all, which is no removal",
  );
  report.note(`live: ${actsText}`);
}
