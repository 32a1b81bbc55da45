/**
 * The other nameservers that one life of the controller updates, and the files that it writes: the real board and the real
 * machine for each. Updates are sent as `io/publish/update` sends them, over the simulated network. What is not answered in time is lost; what comes later is
 * carried out all the same.
 */
import { createPrng } from "../src/base/prng.ts";
import { never } from "../src/base/time.ts";
import type { Config, ZoneConfig } from "../src/core/model.ts";
import type { OutletView } from "../src/core/view.ts";
import type { ZoneTransaction } from "../src/dns/types.ts";
import type { Outlet, WantedZone } from "../src/ports/outlet.ts";
import { OutletBoard } from "../src/roles/outlet-board.ts";
import { UpdateOutlet } from "../src/roles/update-outlet.ts";
import type { UpdateOutletEffect, UpdateOutletEvent } from "../src/roles/update-outlet-effects.ts";
import { type FileFaults, type FileOutletParts, SimulatedFileOutlet } from "./file-outlets.ts";
import type { Network } from "./network.ts";
import type { OtherFile } from "./other-file.ts";
import type { OtherServer } from "./other-server.ts";
import type { OutletPromises } from "./outlet-witness.ts";
import type { World } from "./world.ts";

/** An answer that has not come by then is taken for none. */
const silentMs = 1500;
/** What a slow server is sent, it carries out so much later at most. */
const slowMsMax = 6000;
/** Everything is compared so often: in a short life. */
const compareMs = 8000;

export interface OutletsParts {
  readonly world: World;
  readonly network: Network;
  readonly servers: readonly OtherServer[];
  readonly files: readonly OtherFile[];
  readonly promises: OutletPromises;
  readonly tell: (zone: string, rule: string, sentence: string) => void;
  readonly readZone: FileOutletParts["readZone"];
  readonly onAhead: FileOutletParts["onAhead"];
  readonly faults: FileFaults;
}

export class Outlets {
  readonly #parts: OutletsParts;
  readonly #board: OutletBoard;
  readonly #open: Outlet[] = [];

  constructor(parts: OutletsParts) {
    this.#parts = parts;
    this.#board = new OutletBoard((zone, publish) => {
      if (publish.kind === "file") return this.#openFile(zone, publish.path);
      return publish.kind === "update" ? publish.servers.flatMap((peer) => this.#openOutlet(zone, peer)) : [];
    });
  }

  configure(config: Config): void {
    this.#board.configure(config);
  }

  take(transaction: ZoneTransaction): void {
    this.#board.take(transaction);
  }

  refresh(origin: string, serial: number): void {
    this.#board.refresh(origin, serial);
  }

  die(): void {
    for (const outlet of this.#open) void outlet.close();
  }

  #openOutlet({ origin }: ZoneConfig, { address, port }: { address: string; port: number }): readonly Outlet[] {
    const server = this.#parts.servers.find(({ parts: { peer } }) => peer.address === address && peer.port === port);
    if (server === undefined) return [];
    const outlet = new ServerOutlet(origin, server, this.#parts);
    this.#open.push(outlet);
    return [outlet];
  }

  #openFile({ republishMs }: ZoneConfig, path: string): readonly Outlet[] {
    const { files, network, promises, ...parts } = this.#parts;
    const file = files.find(({ config }) => config.path === path);
    if (file === undefined) return [];
    const around = { ...parts, republishMs, prng: network.prng, promises: promises.files };
    const outlet = new SimulatedFileOutlet(file, around);
    this.#open.push(outlet);
    return [outlet];
  }
}

class ServerOutlet implements Outlet {
  readonly #server: OtherServer;
  readonly #parts: OutletsParts;
  readonly #machine: UpdateOutlet;
  #wanted: WantedZone | null = null;
  #isClosed = false;
  #cancelWake: () => void = () => undefined;

  constructor(zone: string, server: OtherServer, parts: OutletsParts) {
    const { network, world } = parts;
    this.#server = server;
    this.#parts = parts;
    const own = createPrng(network.prng.int(2 ** 32));
    const name = `update ${server.parts.peer.address}`;
    this.#machine = new UpdateOutlet({ zone, name, now: world.now(), prng: own, limits: { compareMs } });
  }

  want(zone: WantedZone): void {
    this.#wanted = zone;
    this.#step({ kind: "wanted", zone });
  }

  view(): OutletView {
    return this.#machine.view;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelWake();
  }

  #step(event: UpdateOutletEvent): void {
    if (this.#isClosed) return;
    const { agenda } = this.#parts.world;
    for (const effect of this.#machine.step(event, this.#parts.world.now())) this.#perform(effect);
    const { view } = this.#machine;
    this.#parts.promises.onView(this.#server, { view, wanted: this.#wanted, now: agenda.now });
    this.#cancelWake();
    const at = this.#machine.nextWakeAt;
    if (at !== never) this.#cancelWake = agenda.after(Math.max(1, at - agenda.now), () => this.#step({ kind: "tick" }));
  }

  #perform(effect: UpdateOutletEffect): void {
    const { promises, tell } = this.#parts;
    if (effect.kind === "tell") {
      const rule =
        effect.level === "drift" ? "outlet/drift" : effect.level === "warn" ? "outlet/trouble" : "outlet/works";
      return tell(this.#machine.view.zone, rule, effect.sentence);
    }
    const { request } = effect;
    if (effect.kind === "ask")
      return this.#exchange(request, () => {
        const sets = effect.sets.map((key) => ({ kind: "set", set: this.#server.find(key) }) as const);
        return { kind: "found", request, sets };
      });
    const { now } = this.#parts.world.agenda;
    if (this.#wanted !== null) promises.onSent(this.#server, effect.changes, { wanted: this.#wanted, now });
    this.#exchange(request, () => {
      const answer = this.#server.write(effect.changes);
      return answer === "done"
        ? { kind: "written", request }
        : { kind: "failed", request, cause: answer, reason: answer };
    });
  }

  /** There and back; either may be lost. */
  #exchange(request: number, answer: () => UpdateOutletEvent): void {
    const { network, promises } = this.#parts;
    const { agenda } = network;
    const sentAt = agenda.now;
    const failed = { kind: "failed", request } as const;
    const isSlow = this.#server.mood === "slow";
    network.send(() => {
      if (this.#server.mood === "down")
        return network.send(() => this.#step({ ...failed, cause: "unreachable", reason: "connection refused" }));
      agenda.after(isSlow ? network.prng.next() * slowMsMax : 0, () => {
        if (this.#server.mood === "down") return;
        // What an earlier life sent arrives, too.
        if (agenda.now - sentAt >= silentMs || this.#isClosed) promises.onDisturbed(this.#server, agenda.now);
        const event = answer();
        network.send(() => this.#step(event));
      });
    });
    agenda.after(silentMs, () => this.#step({ ...failed, cause: "lost", reason: "no answer" }));
  }
}
