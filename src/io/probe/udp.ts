/**
 * The `udp` probe: a datagram goes, the first one that comes back is judged. Where nobody listens the member's machine says
 * so (ICMP, port unreachable), and the verdict is there at once; a firewall that drops everything takes the whole timeout.
 */
import type { Target, UdpProbe } from "../../core/model.ts";
import type { Verdict } from "../../ports/prober.ts";
import { Datagram, type DatagramOwner } from "./datagram.ts";
import { down } from "./dialogue.ts";
import type { Fault } from "./faults.ts";
import type { ProbeKind, Surroundings, TargetProbe } from "./kind.ts";
import { quoteBytes } from "./quote.ts";
import { type Outcome, SingleRun } from "./single-run.ts";

export const udpKind: ProbeKind<UdpProbe> = {
  open: (target, probe, surroundings) => {
    const plan = makePlan(target, probe);
    return {
      start: (what, onVerdict) => new UdpRun(plan, { surroundings, what }, onVerdict).start(),
      forget: () => undefined,
    };
  },
};

interface Plan {
  readonly address: string;
  readonly port: number;
  readonly send: Buffer;
  readonly expect: Buffer | null;
}

function makePlan({ address }: Target, { expectHex, port, sendHex }: UdpProbe): Plan {
  const expect = expectHex === null ? null : Buffer.from(expectHex, "hex");
  return { address, port, send: Buffer.from(sendHex, "hex"), expect };
}

interface Terms {
  readonly surroundings: Surroundings;
  readonly what: TargetProbe;
}

class UdpRun extends SingleRun implements DatagramOwner {
  readonly #plan: Plan;
  #datagram: Datagram | null = null;

  constructor(plan: Plan, { surroundings, what }: Terms, onVerdict: (verdict: Verdict) => void) {
    super(surroundings.deadlines, what, onVerdict);
    this.#plan = plan;
  }

  datagramArrived(bytes: Buffer): void {
    const { expect } = this.#plan;
    if (expect === null) return this.finish({ kind: "up", detail: `answered ${bytes.length} octets` });
    if (bytes.includes(expect)) return this.finish({ kind: "up", detail: `answer has ${quoteBytes(expect)}` });
    this.finish(down(`answer ${quoteBytes(bytes)} lacks ${quoteBytes(expect)}`));
  }

  datagramFailed(fault: Fault): void {
    const refused = fault.kind === "down" && fault.fault === "refused";
    this.finish(refused ? { ...fault, reason: "nobody listens on this port" } : fault);
  }

  protected override begin(): void {
    this.#datagram = new Datagram(this.#plan, this.#plan.send, this);
  }

  protected override release(): void {
    this.#datagram?.close();
  }

  protected override late(): Outcome {
    return down(`no answer within ${this.timeoutMs} ms`, "timed-out");
  }
}
