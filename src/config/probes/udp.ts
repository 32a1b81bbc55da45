/** The udp probe: one datagram, and a fragment of the answer. Octets that are no text are written in hexadecimal. */
import type { UdpProbe } from "../../core/model.ts";
import { type Build, hasProblemBelow, problem } from "../build.ts";
import { readUdpPort } from "../build-port.ts";
import { datagramOctetsMax } from "../limits.ts";
import type { Path } from "../problem.ts";
import { map, text } from "../schema-parts.ts";
import { port } from "./parts.ts";
import { defineWords } from "./words.ts";

const hexExpected = 'octets in hexadecimal, such as "ffffffff54"';

const schema = map("a udp probe", {
  port: port.optional().describe("Port or service name. Needed, here or in the pool's check."),
  send: text("a text", datagramOctetsMax).optional().describe("What the datagram holds, as it stands."),
  "send-hex": text(hexExpected, 3 * datagramOctetsMax)
    .optional()
    .describe("The same in hexadecimal. One of both is needed."),
  expect: text("a text", datagramOctetsMax).optional().describe("A fragment of the answer. Default any answer."),
  "expect-hex": text(hexExpected, 3 * datagramOctetsMax)
    .optional()
    .describe("The same in hexadecimal."),
});

interface UdpSettings {
  readonly port?: number;
  readonly sendHex?: string;
  readonly expectHex?: string;
}

interface Octets {
  readonly text: string | undefined;
  readonly hex: string | undefined;
  readonly path: Path;
  readonly key: "send" | "expect";
}

/** In hexadecimal. Null: nothing, or reported. */
function readOctets(build: Build, { text: plain, hex, path, key }: Octets): string | null {
  if (plain !== undefined && hex !== undefined) {
    const sentence = `${key} and ${key}-hex say the same thing twice`;
    problem(build, [...path, `${key}-hex`], { at: "key", found: "both", expected: "one of them", sentence });
    return null;
  }
  if (hex === undefined) return plain === undefined ? null : toHex(plain);
  const digits = hex.replace(/[\s:]/g, "").toLowerCase();
  if (/^([0-9a-f]{2})+$/.test(digits)) return digits;
  const sentence = `${key}-hex cannot be ${JSON.stringify(hex.slice(0, 60))}`;
  problem(build, [...path, `${key}-hex`], { expected: hexExpected, sentence });
  return null;
}

function toHex(plain: string): string {
  return Array.from(new TextEncoder().encode(plain), (octet) => octet.toString(16).padStart(2, "0")).join("");
}

export const udpWords = defineWords({
  schema,
  about: "a datagram that is answered.",
  read: (build, value, path): UdpSettings => {
    const number = value.port === undefined ? null : readUdpPort(build, value.port, [...path, "port"]);
    const send = readOctets(build, { text: value.send, hex: value["send-hex"], path, key: "send" });
    const expect = readOctets(build, { text: value.expect, hex: value["expect-hex"], path, key: "expect" });
    return {
      ...(number === null ? {} : { port: number }),
      ...(send === null ? {} : { sendHex: send }),
      ...(expect === null ? {} : { expectHex: expect }),
    };
  },
  complete: (build, settings, { path }): UdpProbe => {
    const { port: number = 0, sendHex = "", expectHex = null } = settings;
    if (!hasProblemBelow(build, path)) judgeUdp(build, { port: number, sendHex }, path);
    return { kind: "udp", port: number, sendHex, expectHex };
  },
});

function judgeUdp(build: Build, { port: number, sendHex }: { port: number; sendHex: string }, path: Path): void {
  if (number === 0) {
    const sentence = "a udp probe needs a port";
    problem(build, path, { at: "key", found: "no port", expected: "port: domain, or a number", sentence });
  } else if (sendHex === "") {
    const sentence = "a udp probe needs something to send, since a UDP service speaks only when spoken to";
    problem(build, path, { at: "key", found: "nothing to send", expected: 'send: "..." or send-hex: "..."', sentence });
  } else if (sendHex.length > 2 * datagramOctetsMax) {
    const sentence = `a datagram holds at most ${datagramOctetsMax} octets here, so that it is never cut into pieces`;
    problem(build, path, { at: "key", found: `${sendHex.length / 2} octets`, expected: "less to send", sentence });
  }
}
