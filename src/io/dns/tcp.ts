/**
 * DNS over TCP (RFC 7766): many queries on one connection, answered in their order, each with two octets of length in
 * front. A client that is slow, silent, or never reads costs a bounded amount of memory for a bounded time.
 *
 * All answers to what one packet brought are written at once. While a client leaves more than a fixed amount of
 * answers unread nothing more is read from it, so that it is its own queue that fills up.
 */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { Endpoint } from "../../core/model.ts";
import type { Client, Responder } from "../../dns/answer/responder.ts";
import { addressOctets } from "./address-octets.ts";
import { listenFailure } from "./listen-failure.ts";

/** Connections of one thread on one endpoint; beyond, new ones are closed at once. */
export const connectionsMax = 1000;
/** Connections of one client address, so that one cannot take all. */
export const connectionsPerClientMax = 100;
/** Silence after which a connection is closed (RFC 7766, 6.2.3). Also the time in which a half-sent query must end. */
export const idleMsMax = 10_000;
/** A connection that has carried so many queries is closed, in favour of others. */
export const queriesPerConnectionMax = 100_000;
/** Answers that a client may leave unread before reading from it stops. */
export const unreadOctetsMax = 1 << 18;
/** The longest query that is of use: a question, a few options, a signature. Longer ones end the connection. */
export const queryOctetsMax = 4096;
/** Answers gathered before they are handed to the kernel. */
const batchOctets = 1 << 16;
const listenBacklog = 511;

export interface TcpListener {
  readonly endpoint: Endpoint;
  readonly connections: number;
  close(): Promise<void>;
}

/** Where answers are written before they are sent: length and message, one behind the other. */
const answerBuffer = new Uint8Array(2 + 0xffff);
const answerBody = answerBuffer.subarray(2);

interface Carrier {
  readonly socket: Socket;
  readonly responder: Responder;
  readonly client: Client;
  /** Set anew by each query that ends. */
  restartClock(): void;
}

/** Cuts the stream into queries and answers them. */
class Connection {
  private held: Buffer = Buffer.alloc(0);
  private queries = 0;
  private batch: Uint8Array[] = [];
  private batched = 0;
  private readonly carrier: Carrier;

  constructor(carrier: Carrier) {
    this.carrier = carrier;
    const { socket } = carrier;
    socket.on("data", (chunk: Buffer) => this.take(chunk));
    socket.on("drain", () => {
      socket.resume();
      this.take(Buffer.alloc(0));
    });
  }

  private take(chunk: Buffer): void {
    const { socket } = this.carrier;
    let rest = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    while (rest.length >= 2 && !socket.destroyed && !this.isChoked()) {
      const length = rest.readUInt16BE(0);
      if (length > queryOctetsMax || length === 0) return this.refuse();
      if (rest.length < 2 + length) break;
      if (!this.answer(rest.subarray(2, 2 + length))) return this.finish();
      rest = rest.subarray(2 + length);
    }
    // A copy: the chunk it lies in may be sixty-four times as large.
    this.held = rest.length === 0 ? Buffer.alloc(0) : Buffer.from(rest);
    this.flush();
    if (this.isChoked()) socket.pause();
  }

  private isChoked(): boolean {
    return this.carrier.socket.writableLength + this.batched > unreadOctetsMax;
  }

  /** Answers one query. False: the connection has had its share, or the query deserves none. */
  private answer(query: Buffer): boolean {
    const { responder, client } = this.carrier;
    this.carrier.restartClock();
    const length = responder.respond(query, answerBody, client);
    this.queries += 1;
    if (length === 0) return false;
    answerBuffer[0] = length >>> 8;
    answerBuffer[1] = length & 0xff;
    this.batch.push(answerBuffer.slice(0, 2 + length));
    this.batched += 2 + length;
    if (this.batched >= batchOctets) this.flush();
    return this.queries < queriesPerConnectionMax;
  }

  private flush(): void {
    const { socket } = this.carrier;
    if (this.batch.length === 0 || socket.destroyed) return;
    const batch = this.batch.length === 1 ? this.batch[0] : Buffer.concat(this.batch);
    this.batch = [];
    this.batched = 0;
    if (batch !== undefined) socket.write(batch);
  }

  private finish(): void {
    this.held = Buffer.alloc(0);
    this.flush();
    this.carrier.socket.end();
  }

  /** What precedes nonsense is answered; then the stream cannot be trusted any more. */
  private refuse(): void {
    this.finish();
    this.carrier.socket.pause();
  }
}

/** Connections by client, and all of them. */
class Census {
  private readonly byClient = new Map<string, number>();
  readonly sockets = new Set<Socket>();

  /** True when one more of this client is welcome. */
  admit(socket: Socket, address: string): boolean {
    const own = this.byClient.get(address) ?? 0;
    if (this.sockets.size >= connectionsMax || own >= connectionsPerClientMax) return false;
    this.byClient.set(address, own + 1);
    this.sockets.add(socket);
    socket.once("close", () => {
      this.sockets.delete(socket);
      const left = (this.byClient.get(address) ?? 1) - 1;
      if (left === 0) this.byClient.delete(address);
      else this.byClient.set(address, left);
    });
    return true;
  }
}

/**
 * Ends a connection that has not completed a query for `idleMsMax`. The socket's own timeout would start again with
 * every octet, so that a client which sends one octet a second could stay for ever.
 */
function watchIdle(socket: Socket): () => void {
  const timer = setTimeout(() => socket.destroy(), idleMsMax);
  socket.once("close", () => clearTimeout(timer));
  return () => void timer.refresh();
}

function accept(socket: Socket, census: Census, responder: Responder): void {
  const address = socket.remoteAddress ?? "";
  if (!census.admit(socket, address)) {
    socket.destroy();
    return;
  }
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  const client: Client = { transport: "tcp", address: () => addressOctets(address) };
  const restartClock = watchIdle(socket);
  new Connection({ socket, responder, client, restartClock });
}

async function listen(server: Server, endpoint: Endpoint, shared: boolean): Promise<void> {
  const listening = once(server, "listening");
  server.listen({
    host: endpoint.address,
    port: endpoint.port,
    ipv6Only: endpoint.address.includes(":"),
    reusePort: shared,
    exclusive: true,
    backlog: listenBacklog,
  });
  await listening;
}

/** Listens for DNS over TCP. Fails with `ListenFailure` when the endpoint cannot be had. */
export async function openTcpListener(options: {
  readonly endpoint: Endpoint;
  readonly shared: boolean;
  readonly responder: Responder;
}): Promise<TcpListener> {
  const { endpoint, responder } = options;
  const census = new Census();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.once("end", () => socket.end());
    accept(socket, census, responder);
  });
  try {
    await listen(server, endpoint, options.shared);
  } catch (cause) {
    throw listenFailure({ endpoint, transport: "tcp", cause });
  }
  // Running out of descriptors while accepting passes; clients that wait are accepted afterwards.
  server.on("error", () => undefined);
  return {
    endpoint,
    get connections() {
      return census.sockets.size;
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of census.sockets) socket.destroy();
      await closed;
    },
  };
}
