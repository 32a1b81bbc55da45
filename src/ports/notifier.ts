/**
 * A way out to people: mail, a web hook, a program. It sends one message and says what came of it; when, how often and
 * in which order is decided in `roles/notifier.ts`.
 */
import type { Message } from "../core/notify.ts";

/** `left`: recipients that still lack it; null: all. */
export type Delivery =
  | { readonly kind: "delivered"; readonly detail: string }
  /** It may work later. `afterMs`: not before, as the other side asked; null: it did not. */
  | {
      readonly kind: "failed";
      readonly reason: string;
      readonly afterMs: number | null;
      readonly left: readonly string[] | null;
    }
  /** The other side does not want it: a person has to look. */
  | { readonly kind: "refused"; readonly reason: string; readonly left: readonly string[] | null };

export interface Notifier {
  /** Ends within the channel's timeout, or soon after the signal; never rejects. */
  deliver(message: Message, signal: AbortSignal): Promise<Delivery>;
}
