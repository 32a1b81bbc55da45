import { expect, test } from "vitest";
import { findFault } from "./faults.ts";

function systemError(code: string, message = `connect ${code} 192.0.2.1:80`): Error {
  return Object.assign(new Error(message), { code });
}

const local = " - Local (0.0.0.0:0)";

test.each([
  ["ECONNREFUSED", "", "down"],
  ["ECONNRESET", "", "down"],
  ["ETIMEDOUT", "", "down"],
  ["EHOSTUNREACH", "", "down"],
  ["ENETUNREACH", "", "down"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "", "down"],
  ["EHOSTUNREACH", local, "unknown"],
  ["ENETUNREACH", local, "unknown"],
  ["EMFILE", "", "unknown"],
  ["ENFILE", "", "unknown"],
  ["ENOBUFS", "", "unknown"],
  ["ENOMEM", "", "unknown"],
  ["EADDRNOTAVAIL", local, "unknown"],
  ["EAFNOSUPPORT", "", "unknown"],
  ["EACCES", local, "unknown"],
  ["EPERM", local, "unknown"],
  ["EAI_AGAIN", "", "unknown"],
  ["ENOTFOUND", "", "unknown"],
  ["ESOMETHING", "", "unknown"],
])("%s%s is %s", (code, where, kind) => {
  const fault = findFault(systemError(code, `connect ${code} 192.0.2.1:80${where}`));
  expect(fault.kind).toBe(kind);
  expect(fault.reason).not.toBe("");
});
