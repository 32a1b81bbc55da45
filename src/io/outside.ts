/**
 * Everything outside of muster's own DNS server that must hold the same truth: other nameservers that are updated, files
 * that others serve, secondaries that are told and watched, primaries that are followed. The runner speaks to all of them
 * as one.
 */
import type { Config, Endpoint, HistoryEvent } from "../core/model.ts";
import type { NameserverView, OutletView } from "../core/view.ts";
import { nameText } from "../dns/name.ts";
import type { Name, RRset } from "../dns/types.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { LoadedZone, Nameserver } from "../ports/nameserver.ts";
import type { ControllerEvent } from "../roles/effects.ts";
import { type OutwardRunner, startOutward } from "./outward/outward.ts";
import { createOutlets, type OutletParts } from "./publish/create-outlets.ts";
import { OutletBoard } from "../roles/outlet-board.ts";
import type { SecondaryView } from "../roles/secondary/events.ts";
import { HeldNews } from "../roles/outward/held-news.ts";
import { openAlarms } from "../roles/outward/recall-steps.ts";
import { type Secondaries, startSecondaries } from "./secondary/secondaries.ts";
import type { ZoneOutside } from "./zone-hands.ts";

export interface OutsideParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Where muster's own server can be asked; empty before it listens. */
  readonly embedded: () => readonly Endpoint[];
  readonly nameserver: Pick<Nameserver, "loadZone" | "readZone">;
  /** Where copies of zones from primaries are kept. */
  readonly copies: string;
  readonly seed: number;
  /** The end of the story before this start, oldest first. */
  readonly story: readonly HistoryEvent[];
}

/** How everything outside is now. */
interface OutsideViews {
  outlets(): readonly OutletView[];
  nameservers(): readonly NameserverView[];
  /** By zone: what the last audit found, as it was told. */
  audits(): ReadonlyMap<string, readonly string[]>;
  /** Zones that are taken from other primaries. */
  primaries(): readonly SecondaryView[];
}

export interface Outside extends ZoneOutside, OutsideViews {
  close(): Promise<void>;
}

export function createOutside({ clock, copies, embedded, log, nameserver, seed, story }: OutsideParts): Outside {
  let tell = (_event: ControllerEvent): void => undefined;
  let loaded = (_origin: Name, _loaded: LoadedZone): void => undefined;
  let config: Config | null = null;
  const stop = new AbortController();
  // What an outlet tells people is part of the story, as everything that keeps records from where they belong.
  const onTell: OutletParts["tell"] = (subject, rule, sentence) => tell({ kind: "trouble", subject, rule, sentence });
  // Before it is opened a zone has not its serial yet, and a file with another would be ahead of it.
  const opened = new Set<string>();
  const readZone = (origin: Name): AsyncIterable<readonly RRset[]> | null =>
    opened.has(originText(origin)) ? nameserver.readZone(origin) : null;
  const onAhead: OutletParts["onAhead"] = (ahead) => tell({ kind: "serial-ahead", ...ahead, differs: true });
  const outlets = new OutletBoard(createOutlets({ clock, log, readZone, signal: stop.signal, tell: onTell, onAhead }));
  const outward = startOutward({
    clock,
    embedded,
    decided: (origin) => outlets.sets(origin),
    onStory: (story) => tell({ kind: "trouble", ...story }),
    onAhead: (ahead) => tell({ kind: "serial-ahead", ...ahead }),
    onServedEverywhere: (served) => tell({ kind: "served-everywhere", ...served }),
  });
  const news = new HeldNews((one) => outward.published(one));
  const dispatch = (event: ControllerEvent): void => tell(event);
  const arrived = (origin: Name, zone: LoadedZone): void => loaded(origin, zone);
  const secondaries = startSecondaries({ nameserver, clock, log, seed, folder: copies, dispatch, loaded: arrived });
  return {
    onEvent: (listener) => {
      tell = listener;
    },
    onLoaded: (listener) => {
      loaded = listener;
    },
    configure: (wanted) => {
      config = wanted;
      secondaries.configure(wanted);
      outlets.configure(wanted);
      outward.configure(wanted);
    },
    listening: () => {
      news.release();
      outward.recall(openAlarms(story));
      if (config !== null) outward.configure(config);
    },
    wanted: (transaction) => outlets.take(transaction),
    loaded: (origin, serial) => outlets.refresh(originText(origin), serial),
    published: (change) => {
      opened.add(change.origin);
      outlets.opened(change.origin, change.serial);
      news.tell({ quiet: false, ...change });
    },
    follow: (origin) => secondaries.follow(origin),
    notified: ({ from, origin, serial }) => secondaries.notified(originText(origin), serial, from),
    forget: (origin) => {
      opened.delete(origin);
      news.forget(origin);
      secondaries.forget(origin);
    },
    ...viewsOf(outlets, outward, secondaries),
    close: async () => {
      stop.abort();
      outward.close();
      await secondaries.close();
      await outlets.close();
    },
  };
}

function viewsOf(outlets: OutletBoard, outward: OutwardRunner, secondaries: Secondaries): OutsideViews {
  return {
    outlets: () => outlets.views(),
    nameservers: () => outward.view(),
    audits: () => outward.audits(),
    primaries: () => secondaries.view(),
  };
}

function originText(origin: Name): string {
  return nameText(origin).replace(/\.$/, "").toLowerCase();
}
