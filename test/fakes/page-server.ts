/**
 * A stand-in for the controller's HTTP side, for work on the live page and its tests: serves the built page under the
 * same content security policy, a status that the test sets, events that it tells, and remembers what was asked.
 */
import { createReadStream, existsSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { PAGE_CSP } from "../../src/api/routes/page.ts";
import type { HistoryEvent } from "../../src/core/model.ts";
import type { Explanation, LiveMessage, PlanView, StatusView } from "../../src/core/view.ts";

export interface PageServerOptions {
  /** Folder of the built page. */
  readonly folder: string;
  readonly status: StatusView;
  readonly events?: readonly HistoryEvent[];
  readonly explanation?: Explanation;
  /** What a reload and a reset would change; absent: neither can be planned. */
  readonly plan?: PlanView;
  readonly token?: string;
  readonly port?: number;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly lastEventId: string | null;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

export class PageServer {
  readonly asked: Asked[] = [];
  /** The next POST or DELETE is refused with this sentence. */
  refusal: string | null = null;
  #status: StatusView;
  readonly #events: HistoryEvent[];
  readonly #options: PageServerOptions;
  readonly #streams = new Set<ServerResponse>();
  readonly #server: Server;

  constructor(options: PageServerOptions) {
    this.#options = options;
    this.#status = options.status;
    this.#events = [...(options.events ?? [])];
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#options.port ?? 0, "127.0.0.1", resolve);
    });
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  get followers(): number {
    return this.#streams.size;
  }

  show(status: StatusView): void {
    this.#status = status;
    for (const stream of this.#streams) sendMessage(stream, { kind: "status", status });
  }

  tell(event: HistoryEvent): void {
    this.#events.push(event);
    for (const stream of this.#streams) sendMessage(stream, { kind: "event", event });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    if (!url.pathname.startsWith("/api/")) return this.#file(url.pathname, response);
    const { token } = this.#options;
    const lastEventId = request.headers["last-event-id"]?.toString() ?? null;
    this.asked.push({
      method: request.method ?? "",
      path: url.pathname + url.search,
      body: await readBody(request),
      lastEventId,
    });
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`)
      return sendError(response, 401, { code: "unauthorized", message: "A valid bearer token is required." });
    if (request.method !== "GET") return this.#act(url.pathname, response);
    this.#read(url, response);
  }

  #act(path: string, response: ServerResponse): void {
    if (path === "/api/v1/plan") return this.#plan(response);
    const sentence = this.refusal;
    this.refusal = null;
    if (sentence !== null) return sendError(response, 409, { code: "refused", message: sentence });
    sendJson(response, 200, { at: this.#status.at, sentences: ["Done."], members: [] });
  }

  #plan(response: ServerResponse): void {
    const { plan } = this.#options;
    if (plan !== undefined) return sendJson(response, 200, plan);
    sendError(response, 409, { code: "refused", message: "the configuration would be refused" });
  }

  #read(url: URL, response: ServerResponse): void {
    const path = url.pathname.replace("/api/v1/", "");
    if (path === "status") return sendJson(response, 200, this.#status);
    if (path === "live") return this.#stream(response);
    if (path === "events") return sendJson(response, 200, { events: this.#select(url.searchParams) });
    if (path.startsWith("explain/") && this.#options.explanation !== undefined)
      return sendJson(response, 200, this.#options.explanation);
    sendError(response, 404, { code: "name_unknown", message: "Nothing of that name is configured." });
  }

  #select(query: URLSearchParams): HistoryEvent[] {
    const after = Number(query.get("after") ?? -1);
    const since = Number(query.get("since") ?? 0);
    const limit = Number(query.get("limit") ?? 100);
    const operator = query.get("operator") === "true";
    const events = this.#events.filter(({ by }) => !operator || by !== undefined);
    return events.filter((event) => event.id > after && event.at >= since).slice(0, limit);
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    this.#streams.add(response);
    response.on("close", () => this.#streams.delete(response));
    sendMessage(response, { kind: "status", status: this.#status });
  }

  #file(path: string, response: ServerResponse): void {
    const file = join(this.#options.folder, normalize(path === "/" ? "/index.html" : path));
    const type = types[extname(file)];
    if (type === undefined || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "Content-Type": type, "Content-Security-Policy": [PAGE_CSP, "default-src 'self'"] });
    createReadStream(file).pipe(response);
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? null : JSON.parse(text);
}

function sendMessage(response: ServerResponse, message: LiveMessage): void {
  const idLine = message.kind === "event" ? `id: ${message.event.id}\n` : "";
  response.write(`event: ${message.kind}\n${idLine}data: ${JSON.stringify(message)}\n\n`);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

function sendError(response: ServerResponse, status: number, error: { code: string; message: string }): void {
  sendJson(response, status, { error: { ...error, details: [] } });
}
