/** Answering threads: one that dies is heard of, and the public socket interface serves as the handle does. */
import { afterEach, describe, expect, test } from "vitest";
import { AnswerThread, ThreadEnded } from "../../src/io/dns/answer-thread.ts";
import type { Question } from "../../src/io/dns/protocol.ts";
import { answerText } from "../fakes/answer-text.ts";
import { anyPort, endpointOf, startServing } from "../fakes/dns-under-test.ts";
import { ask, exchangeUdp, queryFor } from "../interop/dns-client.ts";

const setup = { listen: [anyPort], nsid: null, cookieSecret: new Uint8Array(16), shared: false, first: true };
const onWord = (): void => undefined;

describe("a thread that dies", () => {
  test("is heard of, and fails what is asked of it then and later", async () => {
    const exits: Error[] = [];
    const { thread } = await AnswerThread.start(setup, { onWord, onExit: (error) => exits.push(error) });
    // A request that no sender could make is a bug, and a bug ends the thread.
    const bug = { kind: "no such request" } as unknown as Question;
    await expect(thread.ask(bug)).rejects.toBeInstanceOf(ThreadEnded);
    expect(exits).toHaveLength(1);
    await expect(thread.ask({ kind: "counters" })).rejects.toMatchObject({ code: "dns/thread-ended" });
    await thread.close();
  });

  test("is not heard of when it was closed", async () => {
    const exits: Error[] = [];
    const { thread } = await AnswerThread.start(setup, { onWord, onExit: (error) => exits.push(error) });
    await thread.close();
    expect(exits).toEqual([]);
  });
});

describe("the public socket interface", () => {
  afterEach(() => {
    delete process.env["MUSTER_UDP"];
  });

  test("answers octet for octet as the handle does", async () => {
    const fast = await startServing();
    process.env["MUSTER_UDP"] = "public";
    const plain = await startServing({ listen: [anyPort, { address: "::1", port: 0 }] });
    for (const name of ["www.example.org", "nothing.example.org", "example.net", "huge.example.org"]) {
      const query = queryFor({ name, type: "A", udpOctets: 1232 });
      const expected = await exchangeUdp(endpointOf(fast), query);
      expect(await exchangeUdp(endpointOf(plain), query)).toEqual(expected);
      expect(await exchangeUdp(endpointOf(plain, 6), query)).toEqual(expected);
    }
    await Promise.all([fast.close(), plain.close()]);
  });
});

test("many clients at once on one socket all get their own answers", async () => {
  const dns = await startServing();
  const names = ["www", "mail", "ns1", "ns2", "sip"].map((label) => `${label}.example.org`);
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, at) => ask(endpointOf(dns), { name: names[at % names.length] ?? "", type: "A" })),
  );
  for (const [at, answer] of answers.entries())
    expect(answerText(answer)).toContain(`${names[at % names.length]}. 300 A`);
  await dns.close();
});
