/** What a responder has answered, counted in flat arrays, since an increment is all that a query can pay for it. */

/** Types from here on are counted as one. */
const typesCounted = 258;

export interface CounterTotals {
  queries: number;
  readonly byTransport: { udp: number; tcp: number };
  /** By type number; 0 stands for queries without a readable question, -1 for the types that are not counted alone. */
  readonly byType: Record<number, number>;
  readonly byRcode: Record<number, number>;
  truncated: number;
  dropped: number;
}

export class Counters {
  truncated = 0;
  dropped = 0;
  private udp = 0;
  private tcp = 0;
  private readonly types = new Float64Array(typesCounted + 1);
  private readonly rcodes = new Float64Array(32);

  count(type: number, transport: "udp" | "tcp", rcode: number): void {
    if (transport === "udp") this.udp += 1;
    else this.tcp += 1;
    const slot = type < typesCounted ? type : typesCounted;
    this.types[slot] = (this.types[slot] as number) + 1;
    this.rcodes[rcode & 31] = (this.rcodes[rcode & 31] as number) + 1;
  }

  totals(): CounterTotals {
    const totals = emptyTotals();
    totals.queries = this.udp + this.tcp;
    totals.byTransport.udp = this.udp;
    totals.byTransport.tcp = this.tcp;
    this.types.forEach((count, type) => {
      if (count > 0) totals.byType[type === typesCounted ? -1 : type] = count;
    });
    this.rcodes.forEach((count, code) => {
      if (count > 0) totals.byRcode[code] = count;
    });
    totals.truncated = this.truncated;
    totals.dropped = this.dropped;
    return totals;
  }
}

export function emptyTotals(): CounterTotals {
  return { queries: 0, byTransport: { udp: 0, tcp: 0 }, byType: {}, byRcode: {}, truncated: 0, dropped: 0 };
}

function addCounts(into: Record<number, number>, from: Readonly<Record<number, number>>): void {
  for (const [key, count] of Object.entries(from)) into[Number(key)] = (into[Number(key)] ?? 0) + count;
}

/** Adds the counts of another responder. */
export function addTotals(into: CounterTotals, from: CounterTotals): void {
  into.queries += from.queries;
  into.byTransport.udp += from.byTransport.udp;
  into.byTransport.tcp += from.byTransport.tcp;
  addCounts(into.byType, from.byType);
  addCounts(into.byRcode, from.byRcode);
  into.truncated += from.truncated;
  into.dropped += from.dropped;
}
