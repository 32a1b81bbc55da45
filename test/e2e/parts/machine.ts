/** A machine of a site, as far as an agent sees it: a real nginx before pages that come from a real PostgreSQL, and a mount. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { mountPoints } from "../../../src/io/agent/mount-points.ts";
import { isAccepting } from "../../interop/accepting.ts";
import { type DatabaseServer, postgresProgram, startPostgres } from "../../interop/database-servers.ts";
import { type ProcessGroup, startGroup, untilReady } from "../../interop/process-group.ts";

const queryMsMax = 2_000;

/** What a page asks the database, over one client that stays. One that does not answer in time is replaced. */
class Query {
  readonly #command: readonly [string, ...string[]];
  #client: ProcessGroup | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #said = 0;

  constructor(command: readonly [string, ...string[]]) {
    this.#command = command;
  }

  /** One after the other. */
  ask(): Promise<string> {
    const answer = this.#turn.then(() => this.#ask());
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  async #ask(): Promise<string> {
    const client = this.#client ?? this.#begin();
    // A new connection each time: what serves an old one is no part of the group that a test freezes.
    client.say("\\c\nSELECT 'kept in the database';\n");
    const endsAt = performance.now() + queryMsMax;
    while (performance.now() < endsAt && !client.isOver()) {
      const text = client.printed().slice(this.#said);
      if (text.endsWith("\n")) {
        this.#said += text.length;
        if (text.includes("kept")) return text.trim();
        break;
      }
      await delay(5);
    }
    await this.end();
    throw new Error("the database does not answer");
  }

  #begin(): ProcessGroup {
    this.#said = 0;
    this.#client = startGroup(this.#command);
    return this.#client;
  }

  async end(): Promise<void> {
    await this.#client?.stop("SIGKILL");
    this.#client = null;
  }
}

/** A site whose page says what its database holds, or fails with it. */
export class Site {
  readonly database: DatabaseServer;
  readonly #folder = mkdtempSync(join(tmpdir(), "muster-site-"));
  readonly #app: Server;
  readonly #query: Query;
  readonly #config: string;
  readonly #place: { readonly address: string; readonly port: number };
  #nginx: ProcessGroup | null = null;

  private constructor(
    database: DatabaseServer,
    app: Server,
    { query, web }: { query: Query; web: { address: string; port: number } },
  ) {
    this.database = database;
    this.#app = app;
    this.#query = query;
    this.#place = web;
    this.#config = join(this.#folder, "nginx.conf");
  }

  static async start(web: { address: string; port: number }): Promise<Site> {
    const database = await startPostgres();
    const place = ["-h", database.folder, "-p", `${database.port}`, "-U", "postgres"];
    const query = new Query([postgresProgram("psql"), "-qXAt", ...place, "postgres"]);
    const app = createServer((_request, response) => {
      query
        .ask()
        .then((text) => response.end(`<p>${text}</p>`))
        .catch((error: unknown) => response.writeHead(500).end(String(error).slice(0, 80)));
    });
    await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
    const site = new Site(database, app, { query, web });
    await site.startWeb();
    return site;
  }

  async startWeb(): Promise<void> {
    const bound = this.#app.address();
    const appPort = typeof bound === "object" && bound !== null ? bound.port : 0;
    const { address, port } = this.#place;
    writeFileSync(this.#config, configure(this.#folder, { appPort, address, port }));
    const nginx = startGroup(["/usr/sbin/nginx", "-c", this.#config, "-p", this.#folder]);
    this.#nginx = nginx;
    await untilReady(nginx, () => isAccepting(port, address));
  }

  async stopWeb(): Promise<void> {
    await this.#nginx?.stop();
    this.#nginx = null;
  }

  async close(): Promise<void> {
    await this.stopWeb();
    this.#app.closeAllConnections();
    this.#app.close();
    await this.#query.end();
    await this.database.stop("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function configure(
  folder: string,
  { address, appPort, port }: { address: string; appPort: number; port: number },
): string {
  return `daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
worker_processes 1;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server { listen ${address}:${port}; location / { proxy_pass http://127.0.0.1:${appPort}; proxy_read_timeout 4s; } }
}
`;
}

/**
 * A mount that can be hung as one of NFS is whose server is away: bindfs (FUSE) serves a folder, and is frozen. The kernel
 * then waits for it as it would for the server.
 */
export class HangingMount {
  readonly path: string;
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), "muster-mount-")));
  readonly #bindfs: ProcessGroup;

  private constructor() {
    const from = join(this.#folder, "from");
    this.path = join(this.#folder, "on");
    mkdirSync(from);
    mkdirSync(this.path);
    this.#bindfs = startGroup(["/usr/bin/bindfs", "-f", from, this.path]);
  }

  /** Fails with what bindfs says where FUSE is not to be had. */
  static async start(): Promise<HangingMount> {
    const mount = new HangingMount();
    await untilReady(mount.#bindfs, () => mountPoints(readFileSync("/proc/self/mountinfo", "utf8")).has(mount.path));
    return mount;
  }

  hang(): void {
    this.#bindfs.freeze();
  }

  resume(): void {
    this.#bindfs.resume();
  }

  /** The server dies, and leaves the mount behind. */
  async die(): Promise<void> {
    await this.#bindfs.stop("SIGKILL");
  }

  unmount(): void {
    spawnSync("umount", ["-l", this.path]);
  }

  async close(): Promise<void> {
    await this.die();
    this.unmount();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
