/**
 * How long a failed web server stays in the answers: from the signal that stops or freezes it to the first answer
 * without its address, asked once a millisecond, without caches between. And the reverse: how often a healthy
 * server leaves the answers when the path to it loses packets and jitters. Fast and calm are measured together since
 * either alone is easy.
 */
import { join } from "node:path";
import { createPrng } from "../../src/base/prng.ts";
import { type Contender, contenders } from "../parts/contenders.ts";
import { type Answer, awaitAnswer, countAnswered, watchName } from "../parts/dns-client.ts";
import { type Member, startMember } from "../parts/nginx.ts";
import { makeFolder, pause } from "../parts/processes.ts";
import { freePort, fullName, type Started, writeZone } from "../parts/service.ts";
import { type Bench, type Options, type Report, wantsCase, wantsSubject } from "../parts/types.ts";
import { measureLossy } from "./fault-lossy.ts";

const trialCount = 10;
const quickTrialCount = 2;
/** A peer that checks every ten seconds needs more than a minute and a half for each trial. */
const slowIntervalMs = 10_000;
const slowTrialCount = 2;
const memberAddresses = ["127.0.1.1", "127.0.1.2", "127.0.1.3"];
const leaveMsMax = 240_000;
const returnMsMax = 120_000;

type Fault = "stopped" | "frozen";
const faults: readonly Fault[] = ["stopped", "frozen"];

export const fault: Bench = {
  name: "fault",
  about: "time from a server's failure to the first answer without it; false removals on a lossy path",
  goals: [
    { case: "stopped/default", metric: "seconds", direction: "at-most", limit: { kind: "number", value: 0.15 } },
    { case: "frozen/default", metric: "seconds", direction: "at-most", limit: { kind: "number", value: 1.5 } },
    { case: "stopped/fastest", metric: "seconds", direction: "at-most", limit: { kind: "number", value: 0.05 } },
    { case: "frozen/fastest", metric: "seconds", direction: "at-most", limit: { kind: "number", value: 0.4 } },
    { case: "healthy/lossy", metric: "false_removals", direction: "at-most", limit: { kind: "number", value: 0 } },
  ],
  run: async (options, report) => {
    for (const contender of contenders) {
      if (wantsSubject(options, contender.subject)) await measureContender(contender, options, report);
    }
    if (wantsCase(options, "healthy/lossy")) await measureLossy(options, report);
  },
};

async function measureContender(contender: Contender, options: Options, report: Report): Promise<void> {
  const wanted = faults.filter((it) => wantsCase(options, `${it}/${contender.tempo}`));
  if (wanted.length === 0) return;
  const stage = await createStage(contender);
  for (const kind of wanted) {
    const name = `${kind}/${contender.tempo}`;
    report.progress(`fault: ${contender.subject} ${name}`);
    const samples = await measureTrials(stage, kind, { options, report });
    report.samples({ subject: contender.subject, case: name, metric: "seconds" }, samples);
  }
  report.setting(contender.subject, `${contender.tempo}: ${stage.started().settings}`);
  await stage.close();
}

interface Stage {
  readonly contender: Contender;
  readonly members: readonly Member[];
  started(): Started;
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Three web servers and one subject that checks them and answers for `www`. */
async function createStage(contender: Contender): Promise<Stage> {
  const folder = await makeFolder("fault");
  const port = await freePort();
  const members = await Promise.all(
    memberAddresses.map((address) => startMember({ folder: join(folder, address), address, port })),
  );
  const zoneFile = await writeZone(folder, []);
  const pools = { names: ["www"], members: memberAddresses, port, tempo: contender.tempo, check: "http" } as const;
  const launch = async (): Promise<Started> => {
    const server = { address: "127.0.0.1", port: await freePort() };
    const own = await makeFolder(contender.subject);
    const service = { folder: own, server, core: null, namespace: null, zoneFile, pools };
    const started = await contender.start(service);
    await awaitFull(started);
    return started;
  };
  let started = await launch();
  const restart = async (): Promise<void> => {
    await started.running.stop();
    started = await launch();
  };
  const close = async (): Promise<void> => {
    await started.running.stop();
    await Promise.all(members.map((it) => it.close()));
  };
  return { contender, members, started: () => started, restart, close };
}

async function awaitFull(started: Started): Promise<void> {
  const accept = countAnswered(memberAddresses.length);
  await awaitAnswer(started.server, { name: fullName("www"), accept, msMax: returnMsMax });
}

async function measureTrials(
  stage: Stage,
  kind: Fault,
  context: { readonly options: Options; readonly report: Report },
): Promise<number[]> {
  const { options, report } = context;
  const slow = stage.contender.intervalMs >= slowIntervalMs;
  const count = options.runs ?? (options.quick ? quickTrialCount : slow ? slowTrialCount : trialCount);
  const prng = createPrng(1);
  const samples: number[] = [];
  for (let trial = 0; trial < count; trial += 1) {
    await pause(500 + prng.next() * stage.contender.intervalMs, options.signal);
    const member = stage.members[trial % stage.members.length];
    if (member === undefined) throw new Error("no member");
    const seconds = await measureTrial(stage, member, kind);
    report.progress(`  trial ${trial + 1} of ${count}: ${seconds.toFixed(3)} s`);
    samples.push(seconds);
    await member.revive();
    if (stage.contender.restarts) await stage.restart();
    else await awaitFull(stage.started());
  }
  return samples;
}

async function measureTrial(stage: Stage, member: Member, kind: Fault): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let failedAt = Number.POSITIVE_INFINITY;
  const onAnswer = (answer: Answer): void => {
    if (answer.addresses.includes(member.address)) return;
    if (answer.sentAt < failedAt) reject(new Error(`${member.address} left the answers before it failed`));
    else resolve((answer.at - failedAt) / 1_000);
  };
  const watch = await watchName(stage.started().server, { name: fullName("www"), everyMs: 1, onAnswer });
  await pause(50);
  failedAt = kind === "stopped" ? member.stop() : await member.freeze();
  const timer = setTimeout(() => reject(new Error(`${member.address} did not leave the answers`)), leaveMsMax);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    watch.stop();
  }
}
