/** BIND's named with one thread and small answers, as an operator who wants speed would run it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startProcess } from "./processes.ts";
import { awaitServing, origin, placeOf, type Service, type Started } from "./service.ts";

export async function startBind(service: Service): Promise<Started> {
  return startBindWith(service, { clauses: "", zone: "" });
}

/** `clauses` stand beside the zone, `zone` within it. */
export async function startBindWith(
  service: Service,
  extra: { readonly clauses: string; readonly zone: string },
): Promise<Started> {
  const { folder, server } = service;
  const file = join(folder, "named.conf");
  await writeFile(
    file,
    `options {
  directory "${folder}"; pid-file none; session-keyfile none; lock-file none;
  listen-on port ${server.port} { ${server.address}; }; listen-on-v6 { none; };
  recursion no; notify no; minimal-responses yes; dnssec-validation no;
};
controls { };
${extra.clauses}
zone "${origin}" { type primary; file "${service.zoneFile}"; ${extra.zone} };\n`,
  );
  const args = ["-g", "-n", "1", "-c", file];
  const running = startProcess({ command: "named", args, debian: "bind9", ...placeOf(service) });
  await awaitServing(running, server);
  return { subject: "bind", server, running, settings: "named -n 1, minimal-responses yes", reload: null };
}
