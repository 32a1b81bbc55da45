/**
 * Every command, in the order in which `muster --help` shows them. A new command is a new file and a line here. Each is
 * loaded when it is wanted: what draws pictures or speaks to the API is no part of a running controller.
 */
import type { AddCommand } from "../context.ts";

export interface ListedCommand {
  readonly name: string;
  readonly load: () => Promise<AddCommand>;
}

export const commands: readonly ListedCommand[] = [
  { name: "serve", load: async () => (await import("./serve.ts")).addServeCommand },
  { name: "check", load: async () => (await import("./check.ts")).addCheckCommand },
  { name: "schema", load: async () => (await import("./schema.ts")).addSchemaCommand },
  { name: "status", load: async () => (await import("./status.ts")).addStatusCommand },
  { name: "explain", load: async () => (await import("./explain.ts")).addExplainCommand },
  { name: "events", load: async () => (await import("./events.ts")).addEventsCommand },
  { name: "drain", load: async () => (await import("./hold.ts")).addDrainCommand },
  { name: "disable", load: async () => (await import("./hold.ts")).addDisableCommand },
  { name: "enable", load: async () => (await import("./enable.ts")).addEnableCommand },
  { name: "pin", load: async () => (await import("./pin.ts")).addPinCommand },
  { name: "unpin", load: async () => (await import("./pin.ts")).addUnpinCommand },
  { name: "maintenance", load: async () => (await import("./maintenance.ts")).addMaintenanceCommand },
  { name: "brake", load: async () => (await import("./brake.ts")).addBrakeCommand },
  { name: "release", load: async () => (await import("./release.ts")).addReleaseCommand },
  { name: "failback", load: async () => (await import("./failback.ts")).addFailbackCommand },
  { name: "reload", load: async () => (await import("./reload.ts")).addReloadCommand },
  { name: "plan", load: async () => (await import("./plan.ts")).addPlanCommand },
  { name: "simulate", load: async () => (await import("./simulate.ts")).addSimulateCommand },
  { name: "replay", load: async () => (await import("./replay.ts")).addReplayCommand },
  { name: "rehearse", load: async () => (await import("./rehearse.ts")).addRehearseCommand },
  { name: "reset", load: async () => (await import("./reset.ts")).addResetCommand },
  { name: "notify", load: async () => (await import("./notify.ts")).addNotifyCommand },
  { name: "report", load: async () => (await import("./report.ts")).addReportCommand },
  { name: "audit", load: async () => (await import("./audit.ts")).addAuditCommand },
  { name: "cnames", load: async () => (await import("./cnames.ts")).addCnamesCommand },
  { name: "watch", load: async () => (await import("./watch.ts")).addWatchCommand },
  { name: "agent", load: async () => (await import("./agent.ts")).addAgentCommand },
  { name: "import", load: async () => (await import("./import.ts")).addImportCommand },
  { name: "version", load: async () => (await import("./version.ts")).addVersionCommand },
];
