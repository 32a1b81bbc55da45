/** The messages of a transfer, without the places where others would have their turn. Throws when it ends early. */
import type { TransferMessages } from "../../src/dns/transfer/answer.ts";

export function* messagesOf(messages: TransferMessages): Generator<Uint8Array> {
  for (let step = messages.next(); ; step = messages.next()) {
    if (step.done !== true) {
      if (step.value !== null) yield step.value;
    } else if (step.value === null) return;
    else throw new Error(step.value);
  }
}
