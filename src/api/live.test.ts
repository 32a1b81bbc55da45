/** The live stream in memory: what a follower reads, what it missed, and how many there may be. */
import { expect, test } from "vitest";
import { createFakeOperator } from "../../test/fakes/operator.ts";
import { createApi } from "./app.ts";
import { type LiveReply, liveMessageSchema } from "./contract.ts";
import { LIVE_CLIENTS_MAX } from "./live-hub.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

function start() {
  const operator = createFakeOperator();
  const api = createApi({ operator, token: null, version: "1", pageDir: null, log: silent });
  const open = async (headers: Record<string, string> = {}) =>
    api.request(
      "/api/v1/live",
      { headers: { host: "localhost", ...headers } },
      { incoming: { socket: { remoteAddress: "127.0.0.1" } } },
    );
  const follow = async (headers: Record<string, string> = {}) => {
    const body = (await open(headers)).body?.pipeThrough(new TextDecoderStream());
    return readMessages(body ?? new ReadableStream<string>());
  };
  return { operator, open, follow };
}

async function* readMessages(body: ReadableStream<string>): AsyncGenerator<LiveReply> {
  let rest = "";
  for await (const text of body) {
    const frames = (rest + text).split("\n\n");
    rest = frames.pop() ?? "";
    for (const frame of frames) {
      const data = /^data: (.*)$/m.exec(frame)?.[1];
      if (data !== undefined) yield liveMessageSchema.parse(JSON.parse(data));
    }
  }
}

async function take(stream: AsyncGenerator<LiveReply>, count: number): Promise<readonly LiveReply[]> {
  const messages: LiveReply[] = [];
  while (messages.length < count) messages.push((await stream.next()).value);
  return messages;
}

const eventId = (message: LiveReply | undefined): number | null =>
  message?.kind === "event" ? message.event.id : null;

test("a follower gets a status first, then events and statuses as they come", async () => {
  const { operator, open, follow } = start();
  expect((await open()).headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  const stream = await follow();
  expect(await take(stream, 1)).toEqual([{ kind: "status", status: operator.status() }]);
  operator.setHealth("web1", "down", "closed");
  const [event, status] = await take(stream, 2);
  expect(event).toMatchObject({ kind: "event", event: { id: 1, subject: "web1" } });
  expect(status).toEqual({ kind: "status", status: operator.status() });
});

test("a burst of changes is one status", async () => {
  const { operator, follow } = start();
  const stream = await follow();
  await take(stream, 1);
  for (let n = 0; n < 500; n++) operator.setHealth("web1", n % 2 === 0 ? "down" : "up", `change ${n}`);
  const messages: LiveReply[] = [];
  for await (const message of stream) {
    messages.push(message);
    if (message.kind === "status") break;
  }
  expect(messages.filter(({ kind }) => kind === "event")).toHaveLength(500);
  expect(messages.at(-1)).toEqual({ kind: "status", status: operator.status() });
});

test("Last-Event-ID resumes after that event, nothing lost and nothing doubled", async () => {
  const { operator, follow } = start();
  for (let n = 0; n < 5; n++) operator.addEvent({});
  const history = operator.history.bind(operator);
  // Something happens while the missed events are being read.
  operator.history = async (query) => {
    const missed = await history(query);
    operator.addEvent({});
    return missed;
  };
  const stream = await follow({ "last-event-id": "3" });
  operator.addEvent({});
  const messages = await take(stream, 5);
  expect(messages.map(eventId).filter((id) => id !== null)).toEqual([4, 5, 6, 7]);
});

test("an id that was never handed out is of another database: the follower has seen nothing of this one", async () => {
  const { operator, follow } = start();
  for (let n = 0; n < 3; n++) operator.addEvent({});
  const stream = await follow({ "last-event-id": "99" });
  operator.addEvent({});
  const messages = await take(stream, 5);
  expect(messages.map(eventId).filter((id) => id !== null)).toEqual([1, 2, 3, 4]);
});

test.each(["x", "-1", "1.5", "9".repeat(30)])("a Last-Event-ID that is none is refused: %s", async (id) => {
  const { open } = start();
  expect((await open({ "last-event-id": id })).status).toBe(400);
});

test("the controller is subscribed to once, and left with the last follower", async () => {
  const { operator, open } = start();
  const first = await open();
  const second = await open();
  expect(operator.subscribers()).toBe(1);
  await first.body?.cancel();
  expect(operator.subscribers()).toBe(1);
  await second.body?.cancel();
  expect(operator.subscribers()).toBe(0);
});

test("followers are limited", async () => {
  const { open } = start();
  const replies = await Promise.all(Array.from({ length: LIVE_CLIENTS_MAX }, () => open()));
  expect(replies.every(({ status }) => status === 200)).toBe(true);
  const refused = await open();
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("10");
  await replies[0]?.body?.cancel();
  expect((await open()).status).toBe(200);
});
