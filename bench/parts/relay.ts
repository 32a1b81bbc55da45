/**
 * The lossy path itself: datagrams that come in on one side go out on the other, each dropped with a fixed
 * probability or delayed by a random time, both drawn from a seed. Delays are drawn per packet, so packets also overtake
 * each other, as they do on a path that jitters.
 */
import { createSocket, type Socket } from "node:dgram";
import { createPrng } from "../../src/base/prng.ts";
import { onCleanup } from "./processes.ts";

export interface RelayCounters {
  readonly carried: number;
  readonly dropped: number;
}

export interface Relay {
  /** UDP ports of the two sides. */
  readonly ports: readonly [number, number];
  counters(): RelayCounters;
  close(): Promise<void>;
}

export interface RelayOptions {
  readonly seed: number;
  /** Share of packets that are dropped, 0 to 1. */
  readonly loss: number;
  readonly delayMsMax: number;
}

/** An address of this machine, and the one that it exchanges datagrams with. */
export interface End {
  readonly address: string;
  readonly peer: string;
}

interface Side {
  readonly socket: Socket;
  /** Where the other end of this side is; it uses the same port number as this one. */
  readonly peer: string;
}

export async function startRelay(options: RelayOptions, ends: readonly [End, End]): Promise<Relay> {
  const prng = createPrng(options.seed);
  const [left, right] = await Promise.all([openSide(ends[0]), openSide(ends[1])]);
  let carried = 0;
  let dropped = 0;
  const join = (from: Side, to: Side): void => {
    from.socket.on("message", (packet) => {
      if (prng.next() < options.loss) {
        dropped += 1;
        return;
      }
      carried += 1;
      setTimeout(() => forward(to, packet), prng.next() * options.delayMsMax);
    });
  };
  join(left, right);
  join(right, left);
  const close = onCleanup(async () => {
    left.socket.close();
    right.socket.close();
  });
  const ports = [left.socket.address().port, right.socket.address().port] as const;
  return { ports, counters: () => ({ carried, dropped }), close };
}

function forward(to: Side, packet: Buffer): void {
  try {
    to.socket.send(packet, to.socket.address().port, to.peer);
  } catch {
    // Closed while packets were under way: they are lost, as on any path.
  }
}

async function openSide(end: End): Promise<Side> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, end.address, () => resolve());
  });
  socket.removeAllListeners("error");
  socket.on("error", () => undefined);
  return { socket, peer: end.peer };
}
