/** What the exit status of every command means; docs/cli.md and `muster --help` say the same. */
export const exitCode = {
  done: 0,
  /** The command worked, and its answer is no: something is unhealthy, or the file has mistakes. */
  no: 1,
  /** The command line, or a name or file on it, is wrong. */
  usage: 2,
  unreachable: 3,
  /** The controller refused: no valid token, or what was asked for cannot be. */
  refused: 4,
  /** The environment failed: a port is taken, the database is damaged. */
  environment: 5,
  bug: 70,
  /** Ended by Ctrl-C before it was done. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

export const exitCodeHelp = `
Exit status:
  0    done
  1    the answer is no: something is unhealthy, or the file has mistakes
  2    the command line, or a name or a file on it, is wrong
  3    the controller cannot be reached
  4    the controller refused
  5    muster could not begin or go on: a port is taken, the database is damaged
  70   a bug in muster
  130  ended by Ctrl-C before it was done`;

/** A mistake of the user, or a state of the world, told in one sentence without a stack. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exit: ExitCode;
  readonly details: readonly string[];

  constructor(exit: ExitCode, message: string, details: readonly string[] = []) {
    super(message);
    this.exit = exit;
    this.details = details;
  }
}
