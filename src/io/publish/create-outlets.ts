/** Which adapter serves which way to publish. A new way is a new folder beside this file and a line here. */
import { unreachable } from "../../base/assert.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { CreateOutlets } from "../../roles/outlet-board.ts";
import type { ReadZone } from "./file/write-whole.ts";
import { createFileOutlet } from "./file/file-outlet.ts";
import { createUpdateOutlet } from "./update/update-outlet.ts";

export interface OutletParts {
  readonly clock: Clock;
  readonly log: Log;
  /** A zone as it is served; null before it is. */
  readonly readZone: ReadZone;
  /** A line of the story. */
  readonly tell: (zone: string, rule: string, sentence: string) => void;
  /** A file of the zone has a serial that the zone must go on above. */
  readonly onAhead: (ahead: { origin: string; serial: number; endpoint: string }) => void;
  /** Ends all of them. */
  readonly signal: AbortSignal;
}

export function createOutlets(parts: OutletParts): CreateOutlets {
  return (zone, publish, config) => {
    const common = { zone: zone.origin, clock: parts.clock, signal: parts.signal, onChange: () => undefined };
    switch (publish.kind) {
      case "embedded":
        return [];
      case "update":
        return publish.servers.map((server) => {
          const key = config.keys.find(({ name }) => name === server.key) ?? null;
          return createUpdateOutlet({ ...common, log: storyLog(parts, zone.origin), server, key });
        });
      case "file":
        return [
          createFileOutlet({
            ...common,
            log: storyLog(parts, zone.origin),
            config: publish,
            republishMs: zone.republishMs,
            readZone: parts.readZone,
            onAhead: (serial) => parts.onAhead({ origin: zone.origin, serial, endpoint: `file ${publish.path}` }),
          }),
        ];
      default:
        return unreachable(publish);
    }
  };
}

/** What people must know of goes into the story, which is logged as well. */
function storyLog({ log, tell }: OutletParts, zone: string): Log {
  return {
    ...log,
    info: (sentence) => tell(zone, "outlet/works", sentence),
    // What somebody else wrote is put right at once: nothing that begins, and ends later.
    warn: (sentence, fields) => tell(zone, fields?.["drift"] === true ? "outlet/drift" : "outlet/trouble", sentence),
  };
}
