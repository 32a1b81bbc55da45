/**
 * A relay for TCP that is far from both its ends: `node slow-relay.ts PORT HOST PORT MS` takes connections at the first port
 * of the loopback and passes on what comes, either way, so much later. The kernel of the tests has no netem.
 */
import { connect, createServer, type Socket } from "node:net";

const [port = "", host = "", to = "", ms = "0"] = process.argv.slice(2);

function pass(from: Socket, onto: Socket): void {
  from.on("data", (chunk) => void setTimeout(() => onto.writable && onto.write(chunk), Number(ms)));
  from.on("close", () => void setTimeout(() => onto.destroy(), Number(ms)));
  from.on("error", () => undefined);
}

createServer((near) => {
  const far = connect(Number(to), host);
  pass(near, far);
  pass(far, near);
}).listen(Number(port), "127.0.0.1");
