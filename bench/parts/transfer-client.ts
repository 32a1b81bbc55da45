/** What a transfer costs, as its client sees it: the serial of a zone, and the octets and the time of one IXFR. */
import { once } from "node:events";
import { connect } from "node:net";
import { makeQuery, type ResourceRecord } from "../../src/dns/message.ts";
import { decodeMessage } from "../../src/dns/message-read.ts";
import { encodeMessage } from "../../src/dns/message-write.ts";
import { textName } from "../../src/dns/name.ts";
import { rrType } from "../../src/dns/rr-types.ts";
import { soaSerial } from "../../src/dns/zone-records.ts";
import type { Server } from "./dns-client.ts";
import { runToEnd } from "./processes.ts";
import { origin } from "./service.ts";

const answerMsMax = 10_000;
/** NSD ends the processes that answered when it has read a transfer, and their connections with them. */
const triesMax = 5;

export interface Fetched {
  readonly octets: number;
  readonly ms: number;
}

export async function askSerial(server: Server): Promise<number> {
  return soaSerial(await askSoa(server));
}

async function askSoa(server: Server): Promise<ResourceRecord> {
  const query = encodeMessage(makeQuery(1, textName(origin), rrType.SOA));
  for (let tries = 1; ; tries += 1) {
    const heard = await exchange(server, query).catch((error: unknown) => {
      if (tries === triesMax) throw error;
      return null;
    });
    const soa = heard?.answers.find(({ type }) => type === rrType.SOA);
    if (soa !== undefined) return soa;
    if (heard !== null) throw new Error(`no SOA at port ${server.port}`);
  }
}

/** One IXFR that fits one message, from connecting to its last octet. */
export async function fetchDifference(server: Server, from: number): Promise<Fetched> {
  const soa = await askSoa(server);
  const rdata = Uint8Array.from(soa.rdata);
  new DataView(rdata.buffer).setUint32(rdata.length - 20, from);
  const query = makeQuery(2, textName(origin), rrType.IXFR);
  const message = encodeMessage({ ...query, flags: 0, authorities: [{ ...soa, rdata }] });
  const startedAt = performance.now();
  const { octets } = await exchange(server, message);
  return { octets, ms: performance.now() - startedAt };
}

async function exchange(server: Server, message: Uint8Array) {
  const socket = connect({ host: server.address, port: server.port, noDelay: true });
  // Told by whoever waits for data.
  socket.on("error", () => undefined);
  try {
    socket.write(Buffer.concat([Buffer.of(message.length >> 8, message.length & 255), message]));
    let held: Buffer = Buffer.alloc(0);
    const signal = AbortSignal.timeout(answerMsMax);
    const closed = once(socket, "close", { signal }).then(() => Promise.reject(new Error("the connection was closed")));
    closed.catch(() => undefined);
    while (held.length < 2 || held.length < 2 + held.readUInt16BE(0)) {
      const [chunk] = (await Promise.race([once(socket, "data", { signal }), closed])) as [Buffer];
      held = Buffer.concat([held, chunk]);
    }
    const decoded = decodeMessage(held.subarray(2, 2 + held.readUInt16BE(0)));
    if (!decoded.ok) throw new Error(decoded.error);
    return { answers: decoded.value.answers, octets: held.length };
  } finally {
    socket.destroy();
  }
}

/** All records in a fixed order, as dig gets them. */
export async function readRecords({ address, port }: Server): Promise<readonly string[]> {
  const args = [`@${address}`, "-p", String(port), origin, "AXFR", "+noall", "+answer"];
  const printed = await runToEnd("dig", args, "bind9-dnsutils");
  const lines = printed.split("\n").filter((line) => line !== "" && !line.startsWith(";"));
  return lines.slice(0, -1).toSorted();
}
