/** `muster audit ZONE`: asks every nameserver of a zone, from this machine, whether it serves what it should (M12). */
import { auditZone } from "../../io/audit/audit-zone.ts";
import { drawAudit } from "../audit-picture.ts";
import { planAudit } from "../audit-plan.ts";
import { apiOption, jsonOption, tokenFileOption } from "../connect.ts";
import { type AddCommand, writeJson } from "../context.ts";
import { exitCode } from "../exit-codes.ts";
import { parseDurationOption } from "../options.ts";
import { createPaint } from "../text.ts";

const lagMsUsual = 10_000;

export const addAuditCommand: AddCommand = (program, context) => {
  const { io, finish } = context;
  const gather = (text: string, before: readonly string[]): readonly string[] => [...before, text];
  program
    .command("audit")
    .summary("ask every nameserver of a zone whether it serves what it should")
    .description(
      "Asks every nameserver of a zone, over UDP and TCP, at each address: is it there, does it answer with authority, is it late, do its records differ, does it offer recursion. Works on any machine.",
    )
    .argument("<zone>", "the zone")
    .option(
      "--nameserver <name[@address[:port]]>",
      "ask this one, and only those that are named so (can be repeated)",
      gather,
      [],
    )
    .option("--name <name>", "compare this name's records, too (can be repeated)", gather, [])
    .option("--config <file>", "take nameservers, names and aliases from a configuration, and ask no controller")
    .option("--no-api", "ask no controller: the nameservers are compared with the one that is furthest ahead")
    .option("--lag <duration>", "later than this is late (default: 10s)", parseDurationOption)
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText("after", help)
    .action(async (zone, options) => {
      const { config, json, lag = lagMsUsual, tokenFile } = options;
      const noApi = options.api === false;
      const api = typeof options.api === "string" ? options.api : undefined;
      const lists = { nameservers: options.nameserver, names: options.name };
      const plan = await planAudit(context, zone, { api, noApi, config, tokenFile, lagMsMax: lag, ...lists });
      if (plan === null) return;
      const report = await auditZone({ ...plan, lagMsMax: lag });
      const width = io.screen?.columns() ?? Number.POSITIVE_INFINITY;
      if (json === true) writeJson(io, report);
      else io.out(`${drawAudit(report, { paint: createPaint(io), width }).join("\n")}\n`);
      if (report.findings.length > 0) finish(exitCode.no);
    });
};

const help = `
What is right is asked from the controller. Without one (--no-api, or none where it usually is) the nameservers are found
by the zone's NS records and compared with the one that is furthest ahead.
Exits with 0 when all is well, and with 1 when there is any finding.

Examples:
  muster audit example.org
  muster audit example.org --no-api --name www.example.org
  muster audit example.org --nameserver ns1.example.net@192.0.2.53 --nameserver ns2.example.net
  muster audit example.org --json | jq '.findings[].sentence'`;
