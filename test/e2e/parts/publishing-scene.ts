/**
 * muster as a hidden primary with real secondaries: web servers that can be stopped, `muster serve`, and named, knotd and
 * nsd that follow it, some of them with keys.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { KeyConfig } from "../../../src/core/model.ts";
import type { NameserverView } from "../../../src/core/view.ts";
import { rdataAddress } from "../../../src/dns/rdata/index.ts";
import { rrType } from "../../../src/dns/rr-types.ts";
import { soaSerial } from "../../../src/dns/zone-records.ts";
import { freePort } from "../../fakes/free-port.ts";
import { ask } from "../../interop/dns-client.ts";
import { Secondary } from "../../interop/secondaries.ts";
import { Program } from "./program.ts";
import { until } from "./wait.ts";
import { WebServer } from "./web-server.ts";

export const sceneZone = "example.org";
export const sceneName = `www.${sceneZone}`;

export const sceneKey: KeyConfig = {
  name: "scene-key",
  algorithm: "hmac-sha256",
  secret: Buffer.from("a secret that only this scene has").toString("base64"),
};

export interface ScenePlan {
  /** Of the web servers, on the loopback. */
  readonly addresses: readonly string[];
  readonly secondaries: readonly { readonly kind: string; readonly signed: boolean }[];
  /** Of the zone, as YAML lines of four spaces. */
  readonly zone?: string;
  /** At the top, as YAML lines. */
  readonly top?: string;
  /** Secondaries take the catalog, and learn of zones by it. */
  readonly catalog?: string;
}

export class Scene {
  readonly program: Program;
  readonly web: readonly WebServer[];
  readonly secondaries: readonly Secondary[];
  readonly #plan: ScenePlan;
  readonly #port: number;

  private constructor(plan: ScenePlan, parts: { program: Program; web: WebServer[]; secondaries: Secondary[] }) {
    this.program = parts.program;
    this.web = parts.web;
    this.secondaries = parts.secondaries;
    this.#plan = plan;
    this.#port = parts.web[0]?.port ?? 0;
  }

  /** Starts everything, and returns when muster is ready. */
  static async start(plan: ScenePlan): Promise<Scene> {
    const port = await freePort("0.0.0.0");
    const web = await Promise.all(plan.addresses.map((address) => WebServer.start(address, port)));
    const program = await Program.prepare("");
    writeFileSync(join(program.folder, "scene.key"), sceneKey.secret, { mode: 0o600 });
    const primary = { address: "127.0.0.1", port: program.dnsPort };
    const origin = plan.catalog ?? sceneZone;
    const secondaries = await Promise.all(
      plan.secondaries.map(({ kind, signed }) =>
        Secondary.start(kind, { origin, primary, key: signed ? sceneKey : null, catalog: plan.catalog !== undefined }),
      ),
    );
    const scene = new Scene(plan, { program, web, secondaries });
    program.configure(scene.config());
    try {
      await program.launch();
    } catch (error) {
      await scene.close();
      throw error;
    }
    return scene;
  }

  /** `more`: further zones and pools, by the name of the pool. */
  config(more: { readonly zones?: string; readonly pools?: string } = {}): string {
    const { addresses, catalog, top = "", zone = "" } = this.#plan;
    const transfer = `{ to: [${this.#peers().join(", ")}], allow: [127.0.0.0/8] }`;
    const nameservers = this.secondaries.map(
      ({ endpoint: { address, port } }, at) => `{ name: ns${at + 1}.example.net, address: "${address}:${port}" }`,
    );
    const listed = catalog === undefined ? "" : `catalog: { zone: ${catalog}, to: [${this.#peers().join(", ")}] }\n`;
    return `keys: { ${sceneKey.name}: { algorithm: ${sceneKey.algorithm}, secret: { file: scene.key } } }
${listed}${top}
checks: { web: { http: { port: ${this.#port}, path: /, status: 200 }, interval: 300ms } }
zones:
  ${sceneZone}:
    nameservers: [${nameservers.join(", ")}]
    ttl: 2s
    ttl-min: 1s
    transfer: ${transfer}
${zone}
${(more.zones ?? "").replaceAll("TRANSFER", transfer)}
pools:
  ${sceneName}: { check: web, members: [${addresses.join(", ")}] }
${more.pools ?? ""}
`;
  }

  #peers(): readonly string[] {
    return this.secondaries.map(({ endpoint: { address, port } }, at) => {
      const signed = this.#plan.secondaries[at]?.signed === true;
      return `{ address: ${address}, port: ${port}${signed ? `, key: ${sceneKey.name}` : ""} }`;
    });
  }

  async close(): Promise<void> {
    await this.program.close();
    for (const each of [...this.secondaries, ...this.web]) await each.close();
  }

  /** The serial that muster serves. */
  async serial(zone = sceneZone): Promise<number> {
    const serial = await serialAt(this.program.dnsPort, zone);
    if (serial === null) throw new Error(`muster has no SOA for ${zone}`);
    return serial;
  }

  /** Waits until the secondaries (all, or these) answer the pool's name with these addresses and nothing else. */
  async served(wanted: readonly string[], by: readonly Secondary[] = this.secondaries): Promise<void> {
    const text = wanted.toSorted().join(" ");
    let seen: readonly string[] = [];
    await until(`every secondary answers ${text}`, async () => {
      seen = await Promise.all(by.map(({ endpoint }) => addressesAt(endpoint.port)));
      return seen.every((one) => one === text) ? true : null;
    }).catch((error: unknown) => {
      const logs = by.map(({ log, name }) => `${name}: ${log}`).join("\n");
      throw new Error(`${String(error)}; they answer ${seen.join(" | ")}\n${this.program.output}\n${logs}`);
    });
  }

  /** Waits until every secondary serves muster's serial, and muster knows. */
  async inStep(): Promise<number> {
    return until(`every secondary is in step\n${this.program.output}`, async () => {
      const serial = await this.serial();
      const served = await Promise.all(this.secondaries.map(({ endpoint }) => serialAt(endpoint.port)));
      if (!served.every((one) => one === serial)) return null;
      const watched = await this.watched();
      if (watched.length !== this.secondaries.length) return null;
      return watched.every((view) => view.state === "in-step" && view.serial === serial) ? serial : null;
    });
  }

  /** What muster says of the secondaries. */
  async watched(): Promise<readonly NameserverView[]> {
    const { nameservers } = await this.program.status();
    const endpoints = new Set(this.secondaries.map(({ endpoint: { address, port } }) => `${address}:${port}`));
    return nameservers.filter(({ endpoint, zone }) => zone === sceneZone && endpoints.has(endpoint));
  }

  /** Waits for a line of muster's story. */
  told(pattern: RegExp): Promise<string> {
    return until(`muster tells ${pattern}`, () => pattern.exec(this.program.output)?.[0] ?? null).catch((error) => {
      throw new Error(`${String(error)}\n${this.program.output}`);
    });
  }

  /** One of muster's own counts, such as `transfers_ixfr`. */
  async count(name: string): Promise<number> {
    const text = await (await fetch(`${this.program.api}/metrics`)).text();
    const found = new RegExp(`^muster_(?:dns_)?${name}(?:_total)? (\\d+)$`, "m").exec(text);
    expect(found, `${name} in ${text}`).not.toBeNull();
    return Number(found?.[1]);
  }
}

/** Null: no answer, or none with a SOA. */
export async function serialAt(port: number, zone = sceneZone): Promise<number | null> {
  const answer = await ask({ address: "127.0.0.1", port }, { name: zone, type: "SOA", tcp: true }).catch(() => null);
  const soa = answer?.answers.find(({ type }) => type === rrType.SOA);
  return soa === undefined ? null : soaSerial(soa);
}

/** In order of their text; `none` when there is no answer at all. */
export async function addressesAt(port: number, name = sceneName): Promise<string> {
  const answer = await ask({ address: "127.0.0.1", port }, { name, type: "A", tcp: true }).catch(() => null);
  if (answer === null) return "none";
  return answer.answers
    .map(({ rdata }) => rdataAddress(rdata))
    .toSorted()
    .join(" ");
}
