/** `muster cnames`: the CNAMEs that the parent zones of public names need, as lines of a master file. */
import { type AliasZone, aliasRecords } from "../../core/alias-records.ts";
import { readConfigFile } from "../../io/config-file.ts";
import { jsonOption } from "../connect.ts";
import { type AddCommand, writeJson } from "../context.ts";
import { exitCode } from "../exit-codes.ts";
import { readConfigOrTell } from "../read-config.ts";

const fileDefault = "muster.yaml";

export const addCnamesCommand: AddCommand = (program, context) => {
  const { finish, io } = context;
  program
    .command("cnames")
    .summary("print the CNAMEs that public names need in their own zones")
    .description(
      "Prints, from the configuration alone, one CNAME for each alias of a pool, by the zone that needs it. They are put there once and never change.",
    )
    .argument("[file]", "the configuration", fileDefault)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExits with 1 when an alias cannot be a CNAME.\n\nExamples:\n  muster cnames muster.yaml\n  muster cnames muster.yaml >> /var/lib/bind/example.org",
    )
    .action(async (file, { json }) => {
      const read = await readConfigOrTell(context, file, readConfigFile);
      if (read === null) return;
      const zones = aliasRecords(read.config);
      if (json === true) writeJson(io, { zones });
      else if (zones.length === 0) io.err("no pool has aliases, so no CNAME is needed\n");
      else io.out(zones.map(zoneLines).join("\n"));
      if (zones.some(({ records }) => records.some(({ obstacle }) => obstacle !== null))) finish(exitCode.no);
    });
};

function zoneLines({ records, zone }: AliasZone): string {
  const lines = records.map(({ line, obstacle }) => (obstacle === null ? line : `; ${obstacle}`));
  return `; for the zone ${zone}\n${lines.join("\n")}\n`;
}
