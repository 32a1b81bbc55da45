/**
 * One question in one datagram. Each has a socket of its own, whose port the kernel picks at random, and the socket is
 * connected, so that only the server's own datagrams arrive and an ICMP error ends the wait. A datagram that does not
 * fit the question is passed over: a forged one must not end the wait for the true one (RFC 5452, 9).
 *
 * Nothing is sent twice here. Whoever asks again makes a new message with a new id.
 */
import { createSocket } from "node:dgram";
import type { Endpoint } from "../../core/model.ts";
import { isReplyTo } from "./match.ts";
import { type AskLimits, type AskOutcome, failureOf, givenUp, timedOut } from "./outcome.ts";

export function askUdp(endpoint: Endpoint, message: Uint8Array, limits: AskLimits): Promise<AskOutcome> {
  const { timeoutMs, signal } = limits;
  if (signal?.aborted === true) return Promise.resolve(givenUp);
  const { promise, resolve } = Promise.withResolvers<AskOutcome>();
  const socket = createSocket(endpoint.address.includes(":") ? "udp6" : "udp4");
  let isSettled = false;
  const settle = (outcome: AskOutcome): void => {
    if (isSettled) return;
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
    // Listeners stay, and find nothing to do: some are the socket's own, and one that is still on its way to its port
    // closes only when they hear of it.
    isSettled = true;
    socket.close();
    resolve(outcome);
  };
  const giveUp = (): void => settle(givenUp);
  const timer = setTimeout(() => settle(timedOut(timeoutMs)), timeoutMs);
  signal?.addEventListener("abort", giveUp);
  socket.on("error", (error) => settle(failureOf(error, endpoint)));
  socket.on("message", (reply) => {
    if (isReplyTo(reply, message)) settle({ kind: "answer", octets: new Uint8Array(reply) });
  });
  socket.once("connect", () => {
    if (isSettled) return;
    socket.send(message, (error) => {
      if (error !== null) settle(failureOf(error, endpoint));
    });
  });
  socket.connect(endpoint.port, endpoint.address);
  return promise;
}
