/**
 * An update to octets (RFC 2136, 2): the zone stands in the question section, prerequisites in the answer section,
 * changes in the authority section, and the class says what each record means.
 */
import { makeMessage, type ResourceRecord } from "../message.ts";
import { encodeMessage } from "../message-write.ts";
import { rrClass, rrType } from "../rr-types.ts";
import type { SetKey } from "../types.ts";
import { type Prerequisite, updateOpcode, type UpdateChange, type UpdateRequest } from "./request.ts";

const nothing = new Uint8Array(0);

function bare(set: SetKey, klass: number): ResourceRecord {
  return { owner: set.owner, type: set.type, class: klass, ttlSeconds: 0, rdata: nothing };
}

/** RFC 2136, 2.4. */
function prerequisiteRecords(prerequisite: Prerequisite): ResourceRecord[] {
  const { owner } = prerequisite;
  switch (prerequisite.kind) {
    case "name-in-use":
      return [bare({ owner, type: rrType.ANY }, rrClass.ANY)];
    case "name-not-in-use":
      return [bare({ owner, type: rrType.ANY }, rrClass.NONE)];
    case "set-exists":
      return [bare(prerequisite, rrClass.ANY)];
    case "set-not-exists":
      return [bare(prerequisite, rrClass.NONE)];
    case "set-exists-with":
      return prerequisite.rdata.map((rdata) => ({ ...bare(prerequisite, rrClass.IN), rdata }));
  }
}

/** RFC 2136, 2.5. */
function changeRecord(change: UpdateChange): ResourceRecord {
  switch (change.kind) {
    case "add":
      return { ...bare(change, rrClass.IN), ttlSeconds: change.ttlSeconds, rdata: change.rdata };
    case "delete-set":
      return bare(change, rrClass.ANY);
    case "delete-name":
      return bare({ owner: change.owner, type: rrType.ANY }, rrClass.ANY);
    case "delete-record":
      return { ...bare(change, rrClass.NONE), rdata: change.rdata };
  }
}

/** A request without signature. More than fits into one message is a bug of the caller. */
export function encodeUpdate({ id, origin, prerequisites, changes }: UpdateRequest): Uint8Array {
  return encodeMessage(
    makeMessage({
      id,
      opcode: updateOpcode,
      questions: [{ name: origin, type: rrType.SOA, class: rrClass.IN }],
      answers: prerequisites.flatMap(prerequisiteRecords),
      authorities: changes.map(changeRecord),
    }),
  );
}
