/** `muster events`: the story so far, and with --follow as it goes on. */
import { setTimeout as pause } from "node:timers/promises";
import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { ApiClient } from "../../api/client.ts";
import { ClientError } from "../../api/client-error.ts";
import { EVENTS_LIMIT_DEFAULT, EVENTS_LIMIT_MAX, type EventReply } from "../../api/contract.ts";
import { apiOption, connect, jsonOption, tokenFileOption } from "../connect.ts";
import { type AddCommand, type CliContext, writeJson } from "../context.ts";
import { formatDateTime } from "../duration.ts";
import { exitCode } from "../exit-codes.ts";
import type { CliIo } from "../io.ts";
import { parseDurationOption } from "../options.ts";
import { type Colour, clean, createPaint } from "../text.ts";

const RECONNECT_MS = 1000;

export const addEventsCommand: AddCommand = (program, context) => {
  program
    .command("events")
    .summary("tell what happened, and with --follow what happens")
    .description("Tells what happened: health, answers, overrides, reloads, troubles; the newest last.")
    .option("-f, --follow", "go on telling until Ctrl-C")
    .option("--since <duration>", "only what happened so long ago or later: 30m, 1h, 2d", parseDurationOption)
    .option("--subject <name>", "only events of this target, member, pool or zone")
    .option("--operator", "only what operators did: overrides, pins, maintenance, forced reloads, updates by key")
    .option("-n, --limit <count>", `at most so many, up to ${EVENTS_LIMIT_MAX}`, parseLimit, EVENTS_LIMIT_DEFAULT)
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText(
      "after",
      `
With --follow --json every event is one line of JSON.

Examples:
  muster events --since 1h
  muster events --operator --since 7d
  muster events --follow --subject www.example.org
  muster events --json | jq '.events[] | select(.kind == "health")'`,
    )
    .action(async ({ since, subject, operator, limit, json, follow, ...options }) => {
      const client = connect(context, options);
      const sinceMs = since === undefined ? {} : { since: Date.now() - since };
      const filter = {
        ...(subject === undefined ? {} : { subject }),
        ...(operator === undefined ? {} : { operator: "true" as const }),
      };
      const { events } = await client.events({ limit, ...sinceMs, ...filter });
      if (follow !== true && json === true) return writeJson(context.io, { events });
      const print = createPrinter(context.io, json === true);
      events.forEach(print);
      if (follow === true)
        await followEvents(context, { client, print, subject, operator, afterId: await lastId(client, events) });
    });
};

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= EVENTS_LIMIT_MAX) return limit;
  throw new InvalidArgumentError(`Expected a number from 1 to ${EVENTS_LIMIT_MAX}.`);
}

/** Where following begins: after what was printed, or else after everything there is. */
async function lastId(client: ApiClient, printed: readonly EventReply[]): Promise<number> {
  const newest = printed.at(-1) ?? (await client.events({ limit: 1 })).events.at(-1);
  return newest?.id ?? 0;
}

interface Following {
  readonly client: ApiClient;
  readonly print: (event: EventReply) => void;
  readonly subject: string | undefined;
  readonly operator: true | undefined;
  readonly afterId: number;
}

/** A lost connection is taken up again after the last event seen, so that none is missed. */
async function followEvents({ io, finish }: CliContext, following: Following): Promise<void> {
  const { client, operator, print, subject } = following;
  const signal = io.interrupted();
  let afterId = following.afterId;
  let told = false;
  while (!signal.aborted) {
    try {
      for await (const message of client.live({ signal, afterId })) {
        told = false;
        if (message.kind !== "event") continue;
        afterId = message.event.id;
        if (operator === true && message.event.by === undefined) continue;
        if (subject === undefined || message.event.subject === subject) print(message.event);
      }
    } catch (thrown) {
      if (!(thrown instanceof ClientError) || thrown.kind !== "unreachable") throw thrown;
      if (!told) io.err(`muster: ${clean(thrown.message)} Trying again until Ctrl-C.\n`);
      told = true;
      await pause(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  finish(exitCode.done);
}

const kindColours: Readonly<Partial<Record<EventReply["kind"], Colour>>> = {
  suspicion: "yellow",
  override: "magenta",
  trouble: "red",
  answer: "cyan",
};

function createPrinter(io: CliIo, json: boolean): (event: EventReply) => void {
  if (json) return (event) => io.out(`${JSON.stringify(event)}\n`);
  const paint = createPaint(io);
  return ({ at, by, from, kind, subject, sentence, to }) => {
    const colour = kind === "health" ? (to === "up" ? "green" : "red") : kindColours[kind];
    const padded = kind.padEnd("suspicion".length);
    const shown = colour === undefined ? padded : paint(colour, padded);
    const change = by === undefined || from === null ? "" : paint("dim", `  (${clean(from)} → ${clean(to ?? "none")})`);
    io.out(
      `${paint("dim", formatDateTime(at))}  ${shown}  ${paint("bold", clean(subject))}  ${clean(sentence)}${change}\n`,
    );
  };
}
