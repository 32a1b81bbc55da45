/** The ping probe: an ICMP echo, sent by the system's own `ping`, which may send it without making muster powerful. */
import type { PingProbe } from "../../core/model.ts";
import { type Build, problem } from "../build.ts";
import type { Path } from "../problem.ts";
import { integer, map, oneOf, truth } from "../schema-parts.ts";
import { defineWords } from "./words.ts";

const pingMap = map("a ping probe", {
  "data-bytes": integer(0, 1_400).optional().describe("Octets that the echo carries. Default 56."),
});

const schema = oneOf("true, or a map of ping settings", [truth(), pingMap]);

interface PingSettings {
  readonly dataBytes?: number;
}

export const pingWords = defineWords({
  schema,
  about: "an ICMP echo, by the system's ping.",
  read: (build: Build, value, path: Path): PingSettings => {
    if (value === false) {
      const sentence = "ping: false probes nothing; leave it out, or write another kind of probe";
      problem(build, path, { expected: "ping: true", nearest: "true", sentence });
    }
    const bytes = typeof value === "boolean" ? undefined : value["data-bytes"];
    return bytes === undefined ? {} : { dataBytes: bytes };
  },
  complete: (_build, settings): PingProbe => ({ kind: "ping", dataBytes: settings.dataBytes ?? 56 }),
});
