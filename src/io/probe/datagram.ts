/**
 * One datagram to a member, and those that come back. The socket is connected: only the member's own datagrams arrive,
 * and an ICMP error, which says that nobody listens there, arrives as an error of the socket. Each has a port of its own,
 * which the kernel picks, so that an answer that comes late meets nobody.
 */
import { createSocket, type Socket } from "node:dgram";
import { type Fault, findFault, findLocalFault } from "./faults.ts";

export interface DatagramOwner {
  /** May be called many times. The bytes are the owner's. */
  datagramArrived(bytes: Buffer): void;
  /** Called at most once; nothing comes after it. */
  datagramFailed(fault: Fault): void;
}

export class Datagram {
  readonly #socket: Socket;
  readonly #owner: DatagramOwner;
  #isOver = false;

  constructor(to: { address: string; port: number }, bytes: Uint8Array, owner: DatagramOwner) {
    this.#owner = owner;
    this.#socket = createSocket(to.address.includes(":") ? "udp6" : "udp4");
    let isOut = false;
    this.#socket.on("error", (error) => this.#fail(isOut ? findFault(error) : findLocalFault(error)));
    this.#socket.on("message", (message) => {
      if (!this.#isOver) this.#owner.datagramArrived(message);
    });
    this.#socket.once("connect", () => {
      if (this.#isOver) return;
      isOut = true;
      this.#socket.send(bytes, (error) => {
        if (error !== null) this.#fail(findFault(error));
      });
    });
    this.#socket.connect(to.port, to.address);
  }

  /** Closes at once; the owner hears nothing more. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.close();
  }

  #fail(fault: Fault): void {
    if (this.#isOver) return;
    this.close();
    this.#owner.datagramFailed(fault);
  }
}
