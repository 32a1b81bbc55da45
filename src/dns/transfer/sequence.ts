/**
 * The records of a transfer in their order, as a state machine. What they mean shows with the second one:
 *
 * | state    | SOA                                          | another record |
 * |----------|----------------------------------------------|----------------|
 * | start    | the new one: second                          | refused        |
 * | second   | with our serial: removed; the new one: done  | whole          |
 * | whole    | the new one: done                            | kept           |
 * | removed  | begins what was added: added                 | kept           |
 * | added    | the new one: done; goes on from there: removed | kept         |
 * | done     | refused                                      | refused        |
 *
 * Whole zones are RFC 5936, 2.2, differences RFC 1995, 4. A refusal is a clause; nothing of the transfer counts then.
 */
import { nameKey, nameText } from "../name.ts";
import { sameOctets } from "../octets.ts";
import { rrType, typeText } from "../rr-types.ts";
import { serialGreater } from "../serial.ts";
import type { NameKey, RRset, ZoneDelta, ZoneRecord } from "../types.ts";
import { soaSerial } from "../zone-records.ts";
import { SetCollector } from "./set-collector.ts";

type State = "start" | "second" | "whole" | "removed" | "added" | "done";

interface Draft {
  readonly from: number;
  to: number;
  readonly removed: ZoneRecord[];
  readonly added: ZoneRecord[];
}

export class TransferSequence {
  state: State = "start";
  private readonly originKey: NameKey;
  /** Our serial, when differences may come. */
  private readonly serial: number | null;
  private readonly whole = new SetCollector();
  private readonly deltas: Draft[] = [];
  private soa: ZoneRecord | null = null;
  private others = false;

  constructor(originKey: NameKey, serial: number | null) {
    this.originKey = originKey;
    this.serial = serial;
  }

  /** The serial that the transfer leads to; null before its first record. */
  get newSerial(): number | null {
    return this.soa === null ? null : soaSerial(this.soa);
  }

  /** True as long as nothing but the SOA has come, once or twice. */
  get isLone(): boolean {
    return this.soa !== null && !this.others && this.deltas.length === 0;
  }

  /** Takes the next record, or says why it cannot stand here. */
  add(record: ZoneRecord): string | null {
    if (this.state === "done") return "records stand behind the closing SOA";
    if (record.type === rrType.SOA) {
      return nameKey(record.owner) === this.originKey
        ? this.addSoa(record)
        : `${nameText(record.owner)} has a SOA but is not the apex`;
    }
    this.others = true;
    return this.addOther(record);
  }

  /** Null when the sequence has not come to its end. */
  result(): { kind: "full"; rrsets: readonly RRset[] } | { kind: "differences"; deltas: readonly ZoneDelta[] } | null {
    if (this.state !== "done") return null;
    return this.deltas.length > 0
      ? { kind: "differences", deltas: this.deltas }
      : { kind: "full", rrsets: this.whole.rrsets() };
  }

  private addOther(record: ZoneRecord): string | null {
    if (this.state === "start") {
      return `it begins with ${nameText(record.owner)} ${typeText(record.type)} instead of the SOA`;
    }
    if (this.state === "removed" || this.state === "added") {
      this.deltas.at(-1)?.[this.state].push(record);
      return null;
    }
    this.state = "whole";
    this.whole.add(record);
    return null;
  }

  private addSoa(record: ZoneRecord): string | null {
    if (this.soa === null) {
      this.soa = record;
      this.state = "second";
      this.whole.add(record);
      return null;
    }
    const serial = soaSerial(record);
    const closes = serial === soaSerial(this.soa);
    if (this.state === "second" && !closes) return this.beginFirst(record);
    if (this.state === "removed") return this.beginAdded(record);
    if (this.state === "added") return closes ? this.closeDifferences(record) : this.beginNext(record);
    return closes && sameOctets(record.rdata, this.soa.rdata)
      ? this.close()
      : "the zone changed while it was sent: its first and last SOA differ";
  }

  private close(): null {
    this.state = "done";
    return null;
  }

  private beginFirst(record: ZoneRecord): string | null {
    const serial = soaSerial(record);
    if (this.serial === null) return `a second SOA (serial ${serial}) follows the first`;
    if (serial !== this.serial) return `its differences begin at serial ${serial}, ours is ${this.serial}`;
    return this.begin(record);
  }

  private begin(record: ZoneRecord): null {
    this.state = "removed";
    const serial = soaSerial(record);
    this.deltas.push({ from: serial, to: serial, removed: [record], added: [] });
    return null;
  }

  private beginAdded(record: ZoneRecord): string | null {
    const delta = this.deltas.at(-1);
    const serial = soaSerial(record);
    if (delta === undefined || !serialGreater(serial, delta.from)) {
      return `a difference leads from serial ${delta?.from} back to ${serial}`;
    }
    delta.to = serial;
    delta.added.push(record);
    this.state = "added";
    return null;
  }

  private beginNext(record: ZoneRecord): string | null {
    const last = this.deltas.at(-1)?.to;
    const serial = soaSerial(record);
    return serial === last ? this.begin(record) : `a difference to serial ${last} is followed by one from ${serial}`;
  }

  private closeDifferences(record: ZoneRecord): string | null {
    const last = this.deltas.at(-1)?.to;
    const serial = soaSerial(record);
    return serial === last ? this.close() : `the differences end at serial ${last} instead of ${serial}`;
  }
}
