/** A real program of a test, started in the foreground and ended by its process alone. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { until } from "./daemon.ts";

export interface Spawned {
  readonly child: ChildProcess;
  printed(): string;
  stop(): Promise<void>;
}

export function startProgram(command: string, args: readonly string[]): Spawned {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (text += bytes.toString()));
  child.on("error", (error) => (text += error.message));
  return {
    child,
    printed: () => text,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Waits until something accepts connections on the port. */
export async function untilAccepting(program: Spawned, port: number): Promise<void> {
  await until(
    async () => {
      if (program.child.exitCode !== null) throw new Error(`the program has ended: ${program.printed()}`);
      const socket = net.connect(port, "127.0.0.1");
      const isOpen = await once(socket, "connect").then(
        () => true,
        () => false,
      );
      socket.destroy();
      return isOpen;
    },
    () => program.printed(),
  );
}
