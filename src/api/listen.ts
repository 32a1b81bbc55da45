/**
 * Puts the API on a port. Slow and idle clients are bounded by Node's own timeouts and a limit on connections;
 * a port that is taken names who holds it and which option moves the API.
 */
import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Endpoint } from "../core/model.ts";
import { type ListenCode, type ListenFailure, listenFailure } from "../io/listen-failure.ts";
import type { Api } from "./context.ts";

/** Connections at the same time, followers of the live stream included. */
export const API_CONNECTIONS_MAX = 256;
/** A request that has not arrived whole by then is cut. */
export const API_REQUEST_MS_MAX = 10_000;
/**
 * A connection without a request stays for so long. Clients give theirs up after some seconds by themselves; a server that
 * is as quick as they are closes now and then just as a request leaves.
 */
const API_IDLE_MS_MAX = 30_000;
/** Requests in progress may finish for so long when the API closes; streams are cut then. */
export const API_CLOSE_MS_MAX = 500;

/** The API could not begin to listen: the code and the sentence say why, and which option moves it. */
export class ApiListenError extends Error {
  override readonly name = "ApiListenError";
  readonly code: ListenCode;

  constructor(failure: ListenFailure) {
    super(`${failure.message} The API's address is \`api.listen\` in the configuration.`, { cause: failure });
    this.code = failure.code;
  }
}

export interface ApiListening {
  /** Where it listens; the port is the real one when 0 was asked for. */
  readonly address: Endpoint;
  close(): Promise<void>;
}

export async function listenApi(api: Api, endpoint: Endpoint): Promise<ApiListening> {
  const answer = getRequestListener(api.fetch, { overrideGlobalObjects: false });
  const server = createServer(
    {
      requestTimeout: API_REQUEST_MS_MAX,
      headersTimeout: API_REQUEST_MS_MAX,
      keepAliveTimeout: API_IDLE_MS_MAX,
      maxHeaderSize: 16_384,
    },
    (incoming, outgoing) => void answer(incoming, outgoing),
  );
  server.maxConnections = API_CONNECTIONS_MAX;
  await listen(server, endpoint);
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : endpoint.port;
  return { address: { address: endpoint.address, port }, close: () => close(server) };
}

function listen(server: Server, endpoint: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new ApiListenError(listenFailure({ endpoint, transport: "tcp", cause })));
    });
    server.listen({ host: endpoint.address, port: endpoint.port, exclusive: true }, () => resolve());
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), API_CLOSE_MS_MAX);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
