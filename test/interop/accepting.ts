/** Whether something accepts connections on a port of the loopback now. */
import net from "node:net";

export async function isAccepting(port: number, address = "127.0.0.1"): Promise<boolean> {
  const socket = net.connect(port, address);
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  });
  socket.destroy();
  return isOpen;
}
