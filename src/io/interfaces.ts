/** This machine's network interfaces that are up. Node asks the kernel over a socket, and throws when it gets none. */
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";

export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[]>>;

/** Null: that cannot be known now, as no descriptor or no memory is left. */
export function readInterfaces(): Interfaces | null {
  try {
    return Object.fromEntries(Object.entries(networkInterfaces()).map(([name, addresses = []]) => [name, addresses]));
  } catch {
    return null;
  }
}
