/**
 * Answering threads that are started, loaded with work, and ended in the midst of it, as often as the first argument says,
 * with as many threads as the second says: queries over UDP whose answers are compared octet for octet, transfers that are
 * taken, taken slowly, or not at all, changes, and reloads. Meant for a process of its own, whose end by a signal is the finding.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket as Connection } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { exchangeUdp, framed, queryFor } from "../../interop/dns-client.ts";
import { addressSet, Primary, primaryOrigin, zoneText } from "../../fakes/primary-under-test.ts";

const names = 3000;
const sockets = 4;
const transfers = 6;
const queriesEach = 25;
const roundMsMax = 60;
const long = "a-host-with-a-long-name-and-eight-addresses";
const addresses = Array.from({ length: 8 }, (_, at) => `${long} A 192.0.2.${at + 1}`).join("\n");
const text = `${zoneText(names)}${addresses}\n`;
/** Their answers have different lengths and never change: what is changed below begins with h100. */
const asked = ["h1", "h20", "ns1", long];

let answers = 0;
let transferred = 0;

/** Asks without pause; throws when an answer is not the one that belongs to the question. */
class Asker {
  readonly #socket = createSocket("udp4");
  readonly #expected: readonly Uint8Array[];
  readonly #primary: Primary;
  #on = true;
  #id = 0;

  constructor(primary: Primary, expected: readonly Uint8Array[]) {
    this.#primary = primary;
    this.#expected = expected;
    this.#socket.on("error", () => undefined);
    this.#socket.on("message", (answer) => this.#check(answer));
    this.#ask();
  }

  #check(answer: Buffer): void {
    const expected = this.#expected[answer.readUInt16BE(0) % asked.length];
    if (expected === undefined || !answer.subarray(2).equals(expected.subarray(2)))
      throw new Error(`a foreign answer: ${answer.toString("hex")}`);
    answers += 1;
  }

  #ask(): void {
    if (!this.#on) return;
    const { address, port } = this.#primary.endpoint;
    for (let at = 0; at < queriesEach; at++) {
      this.#id = (this.#id + 1) % 60_000;
      this.#socket.send(udpQuery(this.#id), port, address, () => undefined);
    }
    setImmediate(() => this.#ask());
  }

  async stop(): Promise<void> {
    this.#on = false;
    this.#socket.close();
    await once(this.#socket, "close");
  }
}

function udpQuery(id: number): Uint8Array {
  return queryFor({ name: `${asked[id % asked.length]}.${primaryOrigin}`, type: "A", udpOctets: 1232 }, id);
}

/** A machine that is busy enough loses datagrams. */
async function answerTo(primary: Primary, at: number): Promise<Uint8Array> {
  for (let tries = 1; ; tries++) {
    try {
      return await exchangeUdp(primary.endpoint, udpQuery(at));
    } catch (error) {
      if (tries === 10) throw error;
    }
  }
}

/** Three transfers on a connection. Every third client takes none of it. */
function transfer({ endpoint }: Primary, at: number): Connection {
  const connection = connect(endpoint.port, endpoint.address);
  connection.on("error", () => undefined);
  if (at % 3 === 2) connection.pause();
  else connection.on("data", (chunk) => (transferred += chunk.length));
  const query = framed(queryFor({ name: primaryOrigin, type: "AXFR" }));
  connection.on("connect", () => connection.write(Buffer.concat([query, query, query])));
  return connection;
}

async function playRound(round: number, threads: number): Promise<void> {
  const primary = await Primary.start({ text, threads });
  const expected = await Promise.all(asked.map((_, at) => answerTo(primary, at)));
  const askers = Array.from({ length: sockets }, () => new Asker(primary, expected));
  const connections = Array.from({ length: transfers }, (_, at) => transfer(primary, at));
  const endsAt = performance.now() + ((round * 37) % roundMsMax);
  for (let at = 0; performance.now() < endsAt; at++) {
    await primary.publish([addressSet(`h${100 + at}.${primaryOrigin}`, [10, 9, 9, at % 250])]);
    await pause(1);
  }
  if (round % 3 === 0) void primary.reload(`${text}new A 192.0.2.99\n`).catch(() => undefined);
  await primary.dns.close();
  for (const connection of connections) connection.destroy();
  for (const asker of askers) await asker.stop();
}

const [rounds = "1", threads = "1"] = process.argv.slice(2);
for (let round = 0; round < Number(rounds); round++) await playRound(round, Number(threads));
console.log(JSON.stringify({ answers, transferred }));
