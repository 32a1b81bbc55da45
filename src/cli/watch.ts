/**
 * `muster status --watch`: the picture, drawn again over itself. It lives on the terminal's other screen, each line
 * is overwritten and then cleared to its end, and the whole is one synchronised update, so nothing flickers and the
 * scrollback stays as it was. When the connection is lost the last picture stays, with a line that says so.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { ApiClient } from "../api/client.ts";
import { ClientError } from "../api/client-error.ts";
import type { StatusReply } from "../api/contract.ts";
import type { CliContext } from "./context.ts";
import { formatDuration } from "./duration.ts";
import { CliError, type ExitCode, exitCode } from "./exit-codes.ts";
import type { CliIo, Screen } from "./io.ts";
import { drawStatus } from "./picture.ts";
import { createPaint } from "./text.ts";

/** Durations on the screen move on although nothing changed. */
const REDRAW_MS = 1000;
const RECONNECT_MS = 1000;

const enterScreen = "\u001b[?1049h\u001b[?25l";
const leaveScreen = "\u001b[?25h\u001b[?1049l";
const beginUpdate = "\u001b[?2026h\u001b[H";
const endUpdate = "\u001b[J\u001b[?2026l";
const clearToEnd = "\u001b[K";

export async function watchStatus({ io }: CliContext, client: ApiClient, json: boolean): Promise<ExitCode> {
  if (json) return watchJson(io, client);
  if (io.screen === null)
    throw new CliError(exitCode.usage, "--watch needs a terminal; with --json it writes one line for each change.");
  const signal = io.interrupted();
  const first = await client.status();
  io.out(enterScreen);
  try {
    await redraw(io, { screen: io.screen, client, signal, first });
  } finally {
    io.out(leaveScreen);
  }
  return exitCode.done;
}

async function watchJson(io: CliIo, client: ApiClient): Promise<ExitCode> {
  for await (const message of client.live({ signal: io.interrupted(), afterId: null }))
    if (message.kind === "status") io.out(`${JSON.stringify(message.status)}\n`);
  return exitCode.done;
}

interface Watch {
  readonly screen: Screen;
  readonly client: ApiClient;
  readonly signal: AbortSignal;
  readonly first: StatusReply;
}

interface Shown {
  status: StatusReply;
  /** Monotonic time at which it came. */
  receivedAt: number;
  lost: { readonly since: number; readonly why: string } | null;
}

async function redraw(io: CliIo, { screen, client, signal, first }: Watch): Promise<void> {
  const shown: Shown = { status: first, receivedAt: performance.now(), lost: null };
  const draw = (): void => io.out(frame(io, screen, shown));
  const timer = setInterval(draw, REDRAW_MS);
  const offResize = screen.onResize(draw);
  draw();
  try {
    while (!signal.aborted) await followOnce({ shown, client, signal, draw });
  } finally {
    clearInterval(timer);
    offResize();
  }
}

/** One connection, until it is lost; then a pause. */
async function followOnce(watch: {
  readonly shown: Shown;
  readonly client: ApiClient;
  readonly signal: AbortSignal;
  readonly draw: () => void;
}): Promise<void> {
  const { shown, client, signal, draw } = watch;
  try {
    for await (const message of client.live({ signal, afterId: null })) {
      if (message.kind !== "status") continue;
      Object.assign(shown, { status: message.status, receivedAt: performance.now(), lost: null });
      draw();
    }
  } catch (thrown) {
    if (!(thrown instanceof ClientError) || thrown.kind !== "unreachable") throw thrown;
    shown.lost ??= { since: performance.now(), why: thrown.message };
    draw();
    await pause(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
  }
}

function frame(io: CliIo, screen: Screen, shown: Shown): string {
  const paint = createPaint(io);
  const now = performance.now();
  const status = { ...shown.status, at: shown.status.at + (now - shown.receivedAt) };
  const lost =
    shown.lost === null
      ? []
      : [
          paint(
            "red",
            `Connection lost ${formatDuration(now - shown.lost.since)} ago; trying again. ${shown.lost.why}`,
          ),
        ];
  const lines = [...lost, ...drawStatus(status, { paint, width: screen.columns() })];
  const rows = screen.rows();
  const fitting =
    lines.length <= rows
      ? lines
      : [...lines.slice(0, rows - 1), paint("dim", `… ${lines.length - rows + 1} more lines`)];
  return beginUpdate + fitting.map((line) => line + clearToEnd).join("\r\n") + endUpdate;
}
