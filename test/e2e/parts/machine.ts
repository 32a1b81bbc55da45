/** A machine of a site, as far as an agent sees it: a real nginx before pages that come from a real PostgreSQL, and a mount. */
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { mountPoints } from "../../../src/io/agent/mount-points.ts";
import { isAccepting } from "../../interop/accepting.ts";
import { type DatabaseServer, postgresProgram, startPostgres } from "../../interop/database-servers.ts";
import { type ProcessGroup, startGroup, untilReady } from "../../interop/process-group.ts";

const run = promisify(execFile);
const queryMsMax = 800;

/** A site whose page says what its database holds, or fails with it. */
export class Site {
  readonly database: DatabaseServer;
  readonly #folder = mkdtempSync(join(tmpdir(), "muster-site-"));
  readonly #app: Server;
  readonly #config: string;
  readonly #place: { readonly address: string; readonly port: number };
  #nginx: ProcessGroup | null = null;

  private constructor(database: DatabaseServer, app: Server, place: { address: string; port: number }) {
    this.database = database;
    this.#app = app;
    this.#place = place;
    this.#config = join(this.#folder, "nginx.conf");
  }

  static async start(place: { address: string; port: number }): Promise<Site> {
    const database = await startPostgres();
    const psql = ["-h", database.folder, "-p", `${database.port}`, "-U", "postgres", "-At", "-c"];
    const app = createServer((_request, response) => {
      run(postgresProgram("psql"), [...psql, "SELECT 'kept in the database'", "postgres"], { timeout: queryMsMax })
        .then(({ stdout }) => response.end(`<p>${stdout.trim()}</p>`))
        .catch((error: unknown) => response.writeHead(500).end(String(error).slice(0, 80)));
    });
    await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
    const site = new Site(database, app, place);
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
  server { listen ${address}:${port}; location / { proxy_pass http://127.0.0.1:${appPort}; proxy_read_timeout 2s; } }
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
