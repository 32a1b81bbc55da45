/**
 * What every outlet promises, whatever is at its other end: the newest wanted state comes to be there, what is not
 * muster's stays, and a place that was away gets what it missed. Each world brings a place that can be taken away.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ownerTypeKey, textName } from "../../src/dns/name.ts";
import { parseRdataText } from "../../src/dns/rdata/index.ts";
import { typeNumber } from "../../src/dns/rr-types.ts";
import type { Name, RRset } from "../../src/dns/types.ts";
import type { Outlet } from "../../src/ports/outlet.ts";
import { until } from "../e2e/parts/wait.ts";

/** The zone example.org elsewhere, which also holds `foreign A 192.0.2.99` and `foreign TXT`. */
export interface OutletWorld {
  readonly outlet: Outlet;
  /** `TTL RDATA` of each record that is there, sorted. */
  records(name: string, type: string): Promise<readonly string[]>;
  /** The place cannot be reached or written. */
  takeAway(): Promise<void>;
  giveBack(): Promise<void>;
  close(): Promise<void>;
}

const origin = textName("example.org");

export function setOf(name: string, type: string, records: readonly string[], ttlSeconds = 60): RRset {
  const number = typeNumber(type);
  if (number === null) throw new Error(`no type ${type}`);
  const rdata = records.map((text) => rdataOf(number, text));
  return { owner: textName(`${name}.example.org`), type: number, ttlSeconds, rdata };
}

function rdataOf(type: number, text: string): Uint8Array {
  const rdata = parseRdataText(type, text, origin);
  if (!rdata.ok) throw new Error(rdata.error);
  return rdata.value;
}

/** Wants as the controller does: all sets, and what has changed. */
export class Wanting {
  readonly #outlets: readonly Outlet[];
  readonly #sets = new Map<string, RRset>();
  readonly #origin: Name;
  serial = 0;

  constructor(outlets: readonly Outlet[], zone: Name = origin) {
    this.#outlets = outlets;
    this.#origin = zone;
  }

  want(...sets: readonly RRset[]): void {
    for (const set of sets) this.#sets.set(ownerTypeKey(set), set);
    this.#tell(this.serial === 0 ? null : sets);
  }

  /** They leave the configuration. */
  drop(...sets: readonly RRset[]): void {
    for (const set of sets) this.#sets.delete(ownerTypeKey(set));
    this.#tell(sets);
  }

  compare(): void {
    this.#tell(null);
  }

  #tell(changed: readonly RRset[] | null): void {
    this.serial += 1;
    for (const outlet of this.#outlets) {
      outlet.want({ origin: this.#origin, serial: this.serial, sets: this.#sets, changed });
    }
  }
}

export async function untilInStep(outlet: Outlet, serial: number): Promise<void> {
  await until(`${outlet.view().name} is in step with ${serial}`, () => {
    const view = outlet.view();
    return (view.state === "in-step" && view.serial === serial) || null;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(outlet.view())}`, { cause: error });
  });
}

export function outletContract(name: string, setup: () => Promise<OutletWorld>): void {
  describe(`outlet contract: ${name}`, () => {
    let world: OutletWorld;
    let wanting: Wanting;
    beforeEach(async () => {
      world = await setup();
      wanting = new Wanting([world.outlet]);
    }, 60_000);
    afterEach(() => world.close());

    async function settle(): Promise<void> {
      await untilInStep(world.outlet, wanting.serial);
    }

    test("P11 what is wanted is there, in every type that can be managed", async () => {
      expect(world.outlet.view()).toMatchObject({ zone: "example.org", state: "behind", serial: null });
      wanting.want(
        setOf("www", "A", ["192.0.2.10", "192.0.2.11"]),
        setOf("www", "AAAA", ["2001:db8::10"], 30),
        setOf("post", "MX", ["10 mx1.example.net.", "10 mx2.example.net."]),
        setOf("_sip._tcp", "SRV", ["0 5 5060 sip.example.org."]),
        setOf("note", "TXT", ['"two strings" "in one; record"']),
        setOf("ten", "PTR", ["Host.example.org."]),
      );
      await settle();
      expect(await world.records("www.example.org", "A")).toEqual(["60 192.0.2.10", "60 192.0.2.11"]);
      expect(await world.records("www.example.org", "AAAA")).toEqual(["30 2001:db8::10"]);
      expect(await world.records("post.example.org", "MX")).toEqual([
        "60 10 mx1.example.net.",
        "60 10 mx2.example.net.",
      ]);
      expect(await world.records("_sip._tcp.example.org", "SRV")).toEqual(["60 0 5 5060 sip.example.org."]);
      expect(await world.records("note.example.org", "TXT")).toEqual(['60 "two strings" "in one; record"']);
      // Knot keeps names in lower case, the others as they were sent.
      const [pointer = ""] = await world.records("ten.example.org", "PTR");
      expect(pointer.toLowerCase()).toBe("60 host.example.org.");
    });

    test("sets change, become empty and leave; names and types that are not muster's stay", async () => {
      wanting.want(setOf("www", "A", ["192.0.2.10"]), setOf("foreign", "AAAA", ["2001:db8::99"]));
      await settle();
      wanting.want(setOf("www", "A", ["192.0.2.11"], 5), setOf("mail", "A", ["192.0.2.25"]));
      await settle();
      expect(await world.records("www.example.org", "A")).toEqual(["5 192.0.2.11"]);
      wanting.want(setOf("www", "A", []));
      wanting.drop(setOf("mail", "A", []), setOf("foreign", "AAAA", []));
      await settle();
      for (const name of ["www", "mail"]) expect(await world.records(`${name}.example.org`, "A")).toEqual([]);
      expect(await world.records("foreign.example.org", "AAAA")).toEqual([]);
      expect(await world.records("foreign.example.org", "A")).toEqual(["3600 192.0.2.99"]);
      expect((await world.records("foreign.example.org", "TXT")).length).toBe(1);
    });

    test("of many changes at once the newest is there in the end", async () => {
      for (let i = 1; i <= 200; i++)
        wanting.want(setOf("www", "A", [`192.0.2.${i}`]), setOf(`n${i % 7}`, "A", [`192.0.2.${i}`]));
      await settle();
      expect(await world.records("www.example.org", "A")).toEqual(["60 192.0.2.200"]);
      for (let i = 194; i <= 200; i++)
        expect(await world.records(`n${i % 7}.example.org`, "A")).toEqual([`60 192.0.2.${i}`]);
    });

    test("P4 a place that is away holds up nobody, says so, and gets what it missed", async () => {
      wanting.want(setOf("www", "A", ["192.0.2.10"]));
      await settle();
      await world.takeAway();
      wanting.want(setOf("www", "A", ["192.0.2.11"]));
      await until("the view says so", () => ["unreachable", "refused"].includes(world.outlet.view().state) || null);
      expect(world.outlet.view()).toMatchObject({ serial: 1 });
      expect(world.outlet.view().reason).not.toBe("");
      wanting.want(setOf("www", "A", ["192.0.2.12"]), setOf("mail", "A", ["192.0.2.25"]));
      await world.giveBack();
      await settle();
      expect(await world.records("www.example.org", "A")).toEqual(["60 192.0.2.12"]);
      expect(await world.records("mail.example.org", "A")).toEqual(["60 192.0.2.25"]);
    });

    test("after close nothing is written any more", async () => {
      wanting.want(setOf("www", "A", ["192.0.2.10"]));
      await settle();
      await world.outlet.close();
      wanting.want(setOf("www", "A", ["192.0.2.11"]));
      await world.outlet.close();
      expect(await world.records("www.example.org", "A")).toEqual(["60 192.0.2.10"]);
    });
  });
}
