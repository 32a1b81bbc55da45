/** What became of the messages that were handed over, by metric name without `dns_`. */
export class ExchangeCounts {
  private readonly counts = new Map<ExchangeCount, number>(exchangeCounts.map((name) => [name, 0]));

  add(name: ExchangeCount, more = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + more);
  }

  get(name: ExchangeCount): number {
    return this.counts.get(name) ?? 0;
  }

  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.counts);
  }
}

/** `transfers_ixfr_whole`: differences were asked for and the whole zone was given. */
const exchangeCounts = [
  "transfers_axfr",
  "transfers_ixfr",
  "transfers_ixfr_whole",
  "transfers_ixfr_current",
  "transfers_refused",
  "transfers_busy",
  "transfers_cut",
  "transfers_running",
  "notifies",
  "notifies_refused",
  "updates",
  "updates_refused",
  "updates_busy",
  "tsig_badkey",
  "tsig_badsig",
  "tsig_badtime",
  "tsig_malformed",
] as const;

export type ExchangeCount = (typeof exchangeCounts)[number];
