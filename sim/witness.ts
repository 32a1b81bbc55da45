/**
 * The promises, watched from outside. The witness judges every verdict by itself, with counters of its own, and
 * compares what is published with what it believes; a broken promise ends the run with a sentence.
 */
import { type Mono, mono } from "../src/base/time.ts";
import type { AgentReport } from "../src/core/agent.ts";
import type { Config, HistoryEvent, MemberConfig, PoolConfig, Target } from "../src/core/model.ts";
import type { Message } from "../src/core/notify.ts";
import { probeSummary } from "../src/core/probe-text.ts";
import { makeTarget } from "../src/core/target.ts";
import { rdataAddress } from "../src/dns/rdata/index.ts";
import { rrType } from "../src/dns/rr-types.ts";
import type { SavedState } from "../src/ports/store.ts";
import type { ZoneTransaction } from "../src/dns/types.ts";
import type { ControllerEvent } from "../src/roles/effects.ts";
import type { Host, Witness } from "./host.ts";
import { DataPromises } from "./data-witness.ts";
import { HealthPromises } from "./health-witness.ts";
import { LaggardPromises } from "./laggard-witness.ts";
import { NotifyPromises } from "./notify-witness.ts";
import { OutletPromises } from "./outlet-witness.ts";
import { type Certainty, OrderPromises } from "./order-witness.ts";
import { ReportPromises } from "./report-witness.ts";
import { type Truth, truthOf } from "./truth.ts";
import type { Site } from "./world.ts";
import { originText } from "./zone-server.ts";
import { BrokenPromise, ZonePromises } from "./zone-witness.ts";
import { runningProbes } from "../src/core/check-cycle.ts";

/** Faults and their ends must show in the answers within so long. */
export const noticeMsMax = 20_000;

export class Promises implements Witness {
  readonly zones = new ZonePromises();
  readonly outlets = new OutletPromises(this.zones);
  readonly laggards = new LaggardPromises();
  readonly orders = new OrderPromises();
  readonly health = new HealthPromises();
  readonly notify = new NotifyPromises();
  readonly reports = new ReportPromises();
  readonly data = new DataPromises();
  /** When the controller last started, or its own network came back. */
  #soundSince: Mono = mono(0);
  /** By address: when something was last done to it. */
  readonly #conditionSince = new Map<string, Mono>();
  /** By member: how it really is, and since when. */
  readonly #truths = new Map<string, { readonly is: Truth; readonly since: Mono }>();

  onStart(saved: SavedState, host: Host): void {
    this.#soundSince = host.world.agenda.now;
    this.health.onStart(saved, host);
    this.notify.onStart(host.disk, host);
    this.zones.onStart();
    this.laggards.onStart();
    this.reports.onStart(host);
    this.data.onStart();
    this.orders.onStart(saved, host);
    this.onReload(host.config);
  }

  onReload(config: Config): void {
    this.zones.onReload(config);
    this.laggards.onReload(config);
    this.health.onReload(config);
    this.notify.onReload(config);
    this.orders.onReload(config);
    this.data.onReload(config);
  }

  onReport(report: AgentReport, host: Host): void {
    this.reports.onReport(report, host);
  }

  onRestored(): void {
    this.zones.onRestored();
    this.orders.onRestored();
    this.notify.onRestored();
  }

  onStepped(host: Host): void {
    this.orders.onStepped(host);
    this.health.onStepped(host);
  }

  /** In quiet times everybody has what is served. Null: they do. */
  findLaggard(host: Host): string | null {
    return this.zones.findLaggard(host) ?? this.outlets.findLaggard(host);
  }

  noteCondition(address: string, at: Mono): void {
    this.#conditionSince.set(address, at);
  }

  noteSound(at: Mono): void {
    this.#soundSince = at;
  }

  onEvent(event: ControllerEvent, host: Host): void {
    this.health.onEvent(event, host);
    if (event.kind !== "verdict") return;
    const target = host.controller?.state.targets.get(event.targetId);
    if (target === undefined || !runningProbes(target.cycle).includes(event.probe)) return;
    this.reports.onVerdict(target.target, event.verdict, host);
    this.data.onVerdict(event.targetId, event.verdict);
  }

  onTell(event: HistoryEvent, host: Host): void {
    this.health.onTell(event, host);
    this.notify.onTell(event, host);
    this.laggards.onTell(event);
  }

  onLost(events: readonly HistoryEvent[]): void {
    this.notify.onLost(events);
  }

  onDelivered(message: Message): void {
    this.notify.onDelivered(message);
  }

  /** What clients or files change goes before the decisions of the same step. */
  onPublish(transaction: ZoneTransaction, host: Host): void {
    if (transaction.layer !== "pools") return;
    const origin = originText(transaction.origin);
    for (const pool of host.config.pools) if (pool.zone === origin) this.#checkAnswer(pool, host);
  }

  #checkAnswer(pool: PoolConfig, host: Host): void {
    const answer = answerOf(pool, host);
    if (answer === null) return;
    this.#checkEmpty(pool, answer);
    if (this.#isPinned(pool, host, answer)) return;
    if (answer.lastResort) return this.#checkLastResort(pool, host, answer);
    for (const member of pool.members) this.#checkMember(pool, member, { host, answered: answer.addresses });
  }

  /** A name that is pinned answers exactly that; true also while it is not certain. */
  #isPinned({ name }: PoolConfig, host: Host, answer: Answer): boolean {
    const { address, is } = this.orders.pinOf(name, host);
    if (is === "yes" && (answer.lastResort || answer.addresses.join() !== address))
      throw new BrokenPromise(`${name} is pinned to ${address} and answers ${answer.addresses.join(", ")}`);
    return is !== "no";
  }

  #checkEmpty(pool: PoolConfig, answer: Answer): void {
    if (answer.addresses.length === 0 && pool.lastResort.kind !== "none")
      throw new BrokenPromise(`${pool.name} answers nothing, and nobody asked for that`);
  }

  #checkLastResort(pool: PoolConfig, host: Host, { addresses }: Answer): void {
    const isCertain = pool.members.every((member) => this.orders.isHeld(member, host) === "no");
    this.data.checkLastResort(pool, addresses, isCertain ? pool.members : null);
  }

  #checkMember(pool: PoolConfig, member: MemberConfig, context: { host: Host; answered: readonly string[] }): void {
    const believed = this.health.healthOf(makeTarget(member).id);
    const held = this.#isHeldBack(member, context.host);
    const answered = context.answered.includes(member.address);
    if (answered && (believed !== "up" || held === "yes")) {
      throw new BrokenPromise(`${member.id} is answered, but is ${held === "yes" ? "held back" : believed}`);
    }
    if (pool.policy === "round-robin" && !answered && believed === "up" && held === "no") {
      throw new BrokenPromise(`${member.id} is up and is not answered`);
    }
  }

  /** Called once a simulated second: what has lasted must show. */
  checkLasting(host: Host): void {
    const now = host.world.agenda.now;
    this.#noteTruths(host);
    if (host.controller === null) return;
    for (const { origin } of host.config.zones) {
      const zone = host.zones?.server.zone(origin) ?? null;
      this.zones.checkServed(origin, { zone, now });
      if (zone === null) continue;
      this.zones.checkAcknowledged(origin, zone);
      this.zones.checkNames(
        zone,
        host.config.pools.flatMap((pool) => (pool.zone === origin ? pool.name : [])),
      );
    }
    for (const pool of host.config.pools) {
      const answer = answerOf(pool, host);
      if (answer !== null) this.#checkEmpty(pool, answer);
    }
    this.orders.checkEnds(host);
    this.notify.checkTold(host);
    if (isOff(host.world.home) || now - this.#soundSince < noticeMsMax) return;
    for (const pool of host.config.pools) {
      const answer = answerOf(pool, host);
      if (answer === null && isExcused(pool, host, this.zones)) continue;
      if (answer === null) throw new BrokenPromise(`${pool.name} is not served after ${noticeMsMax} ms`);
      if (this.#isPinned(pool, host, answer)) continue;
      for (const member of pool.members) this.#checkNoticed(pool, member, { host, answer });
    }
  }

  #noteTruths(host: Host): void {
    for (const member of host.config.pools.flatMap(({ members }) => members)) {
      const is = truthOf(member, host);
      if (this.#truths.get(member.id)?.is !== is) this.#truths.set(member.id, { is, since: host.world.agenda.now });
    }
  }

  /** Whether how it really is has lasted for so long that it must show. */
  #hasLasted({ address, id }: MemberConfig, now: Mono): boolean {
    const since = Math.max(this.#conditionSince.get(address) ?? 0, this.#truths.get(id)?.since ?? 0);
    return now - since >= noticeMsMax;
  }

  /** By an operator, a window, or for flapping; a hold that should have ended long ago is none. */
  #isHeldBack(member: MemberConfig, host: Host): Certainty {
    const heldUntil = host.controller?.state.targets.get(makeTarget(member).id)?.flap.heldUntil ?? null;
    const isHeld = heldUntil !== null && heldUntil > host.world.now().wall - noticeMsMax;
    return isHeld ? "yes" : this.orders.isHeld(member, host);
  }

  #checkNoticed(pool: PoolConfig, member: MemberConfig, seen: { host: Host; answer: Answer }): void {
    const { answer, host } = seen;
    const answered = answer.addresses.includes(member.address);
    const now = host.world.agenda.now;
    const outside = host.world.member(member.address);
    const is = this.#truths.get(member.id)?.is ?? "unknown";
    if (!this.#hasLasted(member, now) || is === "unknown" || outside.loss > 0) return;
    const target = host.controller?.state.targets.get(makeTarget(member).id);
    const isBrokenElsewhere = host.afar.vantages.some(
      ({ link, site }) => isOff(site) || !link.isUp || link.delayMs > 1000,
    );
    const serves = ({ address }: Target): boolean => host.world.member(address).condition === "serving";
    // A watcher whose own references are all silent has no vote.
    const watchers = host.config.watch?.watchers ?? [];
    const isMute = watchers.some(({ references }) => references.length > 0 && !references.some(serves));
    if (target?.panel !== null && (isBrokenElsewhere || isMute)) return;
    // The brake is judged when somebody leaves.
    if (target?.heldBack === "brake") return;
    if (target?.heldBack === "checker" && !host.config.references.some(serves)) return;
    const held = this.#isHeldBack(member, host);
    if (held === "yes" && answered && !answer.lastResort)
      throw new BrokenPromise(`${member.id} is held back and is answered`);
    if (held !== "no") return;
    if (is === "down" && answered && !answer.lastResort)
      throw new BrokenPromise(`${member.id} has been ${describeState(member, host)} for long and is still answered`);
    if (is === "up" && pool.policy === "round-robin" && !answered) {
      throw new BrokenPromise(`${member.id} has been well for long and is not answered`);
    }
  }
}

/** Its zone's file could never be read. */
function isExcused({ zone }: PoolConfig, { config }: Host, zones: ZonePromises): boolean {
  const file = config.zones.find(({ origin }) => origin === zone)?.file ?? null;
  return file !== null && !zones.hasReading(zone);
}

/** Its service, and what more its check asks for. */
function describeState({ address, check }: MemberConfig, { world }: Host): string {
  const { condition, mirror } = world.member(address);
  return check.probe.kind === "tcp"
    ? condition
    : `down (${condition}, ${probeSummary(check.probe)}, data ${mirror.state})`;
}

function isOff({ isCut, isSick, noRoute }: Site): boolean {
  return isCut || isSick || noRoute.size > 0;
}

export interface Answer {
  readonly addresses: readonly string[];
  readonly lastResort: boolean;
  readonly ttlSeconds: number;
}

/** What the simulated nameserver answers for a pool; null: nothing was published yet. */
export function answerOf(pool: PoolConfig, host: Host): Answer | null {
  const ipv4 = host.zones?.server.set(pool.zone, pool.name, rrType.A);
  const ipv6 = host.zones?.server.set(pool.zone, pool.name, rrType.AAAA);
  if (ipv4 === undefined || ipv6 === undefined) return null;
  const addresses = [...ipv4.rdata, ...ipv6.rdata].map(rdataAddress);
  return { addresses, lastResort: ipv4.extendedError !== undefined, ttlSeconds: ipv4.ttlSeconds };
}
