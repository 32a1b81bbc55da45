/** What every kind of exchange works with. */
import type { Responder } from "../../../dns/answer/responder.ts";
import type { ExtendedError } from "../../../dns/types.ts";
import type { Word } from "../protocol.ts";
import type { Turns } from "../turns.ts";
import type { ZoneHost } from "../zone-host.ts";
import type { ExchangeCounts } from "./counts.ts";
import type { Remarks } from "./remarks.ts";

export interface ExchangeParts {
  readonly zones: ZoneHost;
  readonly turns: Turns;
  readonly responder: Responder;
  readonly counts: ExchangeCounts;
  readonly remarks: Remarks;
  /** To the main thread. */
  readonly tell: (word: Word) => void;
}

/** RFC 8914, 4.19: a client that may not do this. */
export const prohibited: ExtendedError = { code: 18, text: "" };
