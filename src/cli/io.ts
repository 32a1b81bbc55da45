/**
 * The terminal, the environment and the wish to stop, as the commands see them. `processIo` is the real one; tests
 * hand in their own.
 */
export interface CliIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  err(text: string): void;
  /** Null: the output is not a terminal. */
  readonly screen: Screen | null;
  /** Whether output may be coloured. */
  readonly colour: boolean;
  /** Aborts at Ctrl-C. Until it is asked for, Ctrl-C ends the program at once. */
  interrupted(): AbortSignal;
}

export interface Screen {
  columns(): number;
  rows(): number;
  /** Calls the listener when the size changes; returns the end of that. */
  onResize(listener: () => void): () => void;
}

export function processIo(): CliIo {
  const { stdout, stderr, env } = process;
  // `muster events | head`: the reader has left, and nothing is left to do.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  return {
    env,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    screen: stdout.isTTY ? { columns: () => stdout.columns, rows: () => stdout.rows, onResize } : null,
    colour: wantsColour(env, stdout.isTTY),
    interrupted,
  };
}

/** https://no-color.org: any value that is not empty turns colour off. */
export function wantsColour(env: CliIo["env"], isTty: boolean): boolean {
  if ((env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb") return false;
  return isTty;
}

function onResize(listener: () => void): () => void {
  process.stdout.on("resize", listener);
  return () => process.stdout.off("resize", listener);
}

function interrupted(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());
  return stop.signal;
}
