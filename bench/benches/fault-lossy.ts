/**
 * The calm half of `fault`: ten healthy web servers behind a path that drops one packet in a hundred and delays each
 * by up to 50 ms each way. All checkers watch them side by side for the same minutes; every time an address disappears
 * from a checker's answers is a false removal, since no server ever fails.
 */
import { contenders } from "../parts/contenders.ts";
import { awaitAnswer, countAnswered, watchName } from "../parts/dns-client.ts";
import { createLossyPath, type LossyPath } from "../parts/namespaces.ts";
import { startNginx } from "../parts/nginx.ts";
import { makeFolder, pause } from "../parts/processes.ts";
import { freePort, fullName, type Started, type Tempo, writeZone } from "../parts/service.ts";
import { type Options, type Report, type Subject, wantsSubject } from "../parts/types.ts";

const seconds = 600;
const quickSeconds = 20;
const memberCount = 10;
const memberPort = 8_080;
const firstAnswersMsMax = 240_000;
const path = { seed: 1, loss: 0.01, delayMsMax: 50, members: memberCount };

export async function measureLossy(options: Options, report: Report): Promise<void> {
  const length = options.seconds ?? (options.quick ? quickSeconds : seconds);
  const lossy = await createLossyPath(path);
  const folder = await makeFolder("lossy");
  await startNginx({ folder, addresses: ["*"], port: memberPort, namespace: lossy.members.namespace });
  const zoneFile = await writeZone(folder, []);
  const counters: Counter[] = [];
  for (const contender of contenders.filter((it) => wantsSubject(options, it.subject))) {
    const server = { address: lossy.checker.address, port: await freePort() };
    const service = {
      folder: await makeFolder(contender.subject),
      server,
      core: null,
      namespace: lossy.checker.namespace,
      zoneFile,
      pools: {
        names: ["www"],
        members: lossy.memberAddresses,
        port: memberPort,
        tempo: contender.tempo,
        check: "http" as const,
      },
    };
    const started = await contender.start(service);
    report.setting(contender.subject, `${contender.tempo}: ${started.settings}`);
    counters.push(await countRemovals(started, contender));
  }
  report.progress(`fault: healthy/lossy, ${counters.length} checkers for ${length} s`);
  await pause(length * 1_000, options.signal);
  for (const counter of counters) finish(counter, report);
  noteLoss(lossy, { length, report });
}

interface Counter {
  readonly subject: Subject;
  readonly tempo: Tempo;
  removals(): number;
  stop(): void;
}

/** Starts to count once all members are in the answer: before that nothing is proved and nothing is removed. */
async function countRemovals(started: Started, of: { subject: Subject; tempo: Tempo }): Promise<Counter> {
  const name = fullName("www");
  await awaitAnswer(started.server, {
    name,
    accept: countAnswered(memberCount),
    msMax: firstAnswersMsMax,
    everyMs: 50,
  });
  let present = new Set<string>();
  let removals = 0;
  const watch = await watchName(started.server, {
    name,
    everyMs: 10,
    onAnswer: (answer) => {
      const now = new Set(answer.addresses);
      for (const address of present) if (!now.has(address)) removals += 1;
      present = now;
    },
  });
  return { subject: of.subject, tempo: of.tempo, removals: () => removals, stop: () => watch.stop() };
}

/** The goal speaks of the defaults; the fastest settings are a case of their own. */
function finish(counter: Counter, report: Report): void {
  counter.stop();
  const name = counter.tempo === "default" ? "healthy/lossy" : "healthy/lossy-fastest";
  report.samples({ subject: counter.subject, case: name, metric: "false_removals" }, [counter.removals()]);
}

function noteLoss(lossy: LossyPath, of: { length: number; report: Report }): void {
  const { carried, dropped } = lossy.relay.counters();
  const share = ((100 * dropped) / Math.max(1, carried + dropped)).toFixed(2);
  of.report.note(
    `healthy/lossy: ${of.length} s, ${carried + dropped} packets, ${share} % dropped, each delayed by a random ` +
      `0 to ${path.delayMsMax} ms (seed ${path.seed}); ${memberCount} healthy members, all checkers side by side`,
  );
}
