/**
 * Puts the API on a port. Slow and idle clients are bounded by Node's own timeouts and a limit on connections;
 * a port that is taken names who holds it and which option moves the API.
 */
import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Endpoint } from "../core/model.ts";
import type { Api } from "./context.ts";
import { findPortHolder } from "./port-holder.ts";

/** Connections at the same time, followers of the live stream included. */
export const API_CONNECTIONS_MAX = 256;
/** A request that has not arrived whole by then is cut. */
export const API_REQUEST_MS_MAX = 10_000;
/** Requests in progress may finish for so long when the API closes; streams are cut then. */
export const API_CLOSE_MS_MAX = 500;

export type ListenErrorCode = "port_taken" | "address_unknown" | "port_forbidden" | "listen_failed";

/** The API could not begin to listen; the message says what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly code: ListenErrorCode;

  constructor(code: ListenErrorCode, message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export interface ApiListening {
  /** Where it listens; the port is the real one when 0 was asked for. */
  readonly address: Endpoint;
  close(): Promise<void>;
}

export async function listenApi(api: Api, endpoint: Endpoint): Promise<ApiListening> {
  const server = createServer(
    { requestTimeout: API_REQUEST_MS_MAX, headersTimeout: API_REQUEST_MS_MAX, maxHeaderSize: 16_384 },
    getRequestListener(api.fetch, { overrideGlobalObjects: false }),
  );
  server.maxConnections = API_CONNECTIONS_MAX;
  await listen(server, endpoint);
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : endpoint.port;
  return { address: { address: endpoint.address, port }, close: () => close(server) };
}

function listen(server: Server, { address, port }: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      explainFailure({ address, port }, error).then(reject, reject);
    });
    server.listen({ host: address, port, exclusive: true }, () => resolve());
  });
}

async function explainFailure(endpoint: Endpoint, error: NodeJS.ErrnoException): Promise<ListenError> {
  const where = `${endpoint.address.includes(":") ? `[${endpoint.address}]` : endpoint.address}:${endpoint.port}`;
  const move = "api.listen in the configuration moves it";
  switch (error.code) {
    case "EADDRINUSE": {
      const holder = await findPortHolder("tcp", endpoint.port);
      const by = holder === null ? "" : ` by ${holder.command} (process ${holder.pid})`;
      return new ListenError(
        "port_taken",
        `The API cannot listen on ${where}: the port is taken${by}; ${move}.`,
        error,
      );
    }
    case "EADDRNOTAVAIL":
      return new ListenError(
        "address_unknown",
        `The API cannot listen on ${where}: this machine has no such address; ${move}.`,
        error,
      );
    case "EACCES":
      return new ListenError(
        "port_forbidden",
        `The API cannot listen on ${where}: this user may not open that port; ${move}.`,
        error,
      );
    default:
      return new ListenError("listen_failed", `The API cannot listen on ${where}: ${error.message}; ${move}.`, error);
  }
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
