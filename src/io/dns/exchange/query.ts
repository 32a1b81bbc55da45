/** A query that is signed and otherwise like any other: answered as any other, and the answer signed (RFC 8945, 5.3). */
import type { Responder } from "../../../dns/answer/responder.ts";
import { messageOctetsMax } from "../../../dns/message.ts";
import { addressOctets } from "../address-octets.ts";
import type { ExchangeRequest } from "./request.ts";

/** Where answers are written before they are copied and signed. */
const answerBuffer = new Uint8Array(messageOctetsMax);

export function answerQuery(request: ExchangeRequest, responder: Responder): void {
  const { carrier, octets, reserved } = request;
  const length = responder.respond(octets, answerBuffer, {
    transport: carrier.transport,
    address: () => addressOctets(carrier.address),
    reserved,
  });
  if (length > 0) request.answer(answerBuffer.slice(0, length));
}
