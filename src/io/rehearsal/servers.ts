/** Who is asked during a rehearsal, and whether an answer names the member. */
import { parseEndpoint } from "../../config/scalars.ts";
import type { Endpoint } from "../../core/model.ts";
import { textName } from "../../dns/name.ts";
import { rdataAddress } from "../../dns/rdata/index.ts";
import { rrType } from "../../dns/rr-types.ts";
import type { Canary } from "../../roles/rehearsal-choice.ts";
import { askQuestion } from "../dns-client/question.ts";
import type { RehearsalParts } from "./rehearsals.ts";

export interface AskedServer {
  readonly name: string;
  /** As it is shown, and told apart by. */
  readonly endpoint: string;
  readonly place: Endpoint;
}

const askMsMax = 500;

/** muster's own server where it serves the zone, every nameserver that is watched, and whoever was asked for. */
export function serversOf(
  { outside, runner }: Pick<RehearsalParts, "outside" | "runner">,
  { isServedHere, zone }: Canary,
  at: readonly string[],
): readonly AskedServer[] {
  const { listen } = runner.controller.state.config.dns;
  const own = isServedHere ? listen.slice(0, 1).map((endpoint) => describe("embedded", local(endpoint))) : [];
  const watched = outside
    .nameservers()
    .filter((server) => server.zone === zone)
    .flatMap(({ endpoint, name }) => read(name, endpoint));
  const all = [...own, ...watched, ...at.flatMap((text) => read("asked", text))];
  return [...new Map(all.map((server) => [server.endpoint, server])).values()];
}

function local({ address, port }: Endpoint): Endpoint {
  return { address: address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address, port };
}

/** `192.0.2.53:53`, or `NAME@192.0.2.53`. */
function read(name: string, text: string): readonly AskedServer[] {
  const at = text.lastIndexOf("@");
  const endpoint = parseEndpoint(text.slice(at + 1), dnsPort);
  return endpoint.ok ? [describe(at < 0 ? name : text.slice(0, at), endpoint.value)] : [];
}

/** It says where somebody can be asked. */
export function isServer(text: string): boolean {
  return read("asked", text).length > 0;
}

const dnsPort = 53;

function describe(name: string, place: Endpoint): AskedServer {
  const { address, port } = place;
  return { name, endpoint: `${address.includes(":") ? `[${address}]` : address}:${port}`, place };
}

/** Null: it did not answer. */
export async function namesMember(
  { place }: AskedServer,
  { address, family, pool }: Canary,
  signal: AbortSignal,
): Promise<boolean | null> {
  const type = family === 4 ? rrType.A : rrType.AAAA;
  const once = { edns: false, recursionDesired: false, timeoutMs: askMsMax, tries: 1, transport: "udp" } as const;
  const heard = await askQuestion({ endpoint: place, owner: textName(pool), type, ...once, signal });
  if (heard.kind !== "answer") return null;
  return heard.message.answers.some((record) => record.type === type && rdataAddress(record.rdata) === address);
}
