/**
 * One small real web server of the demo: `node tools/demo/web-server.ts ADDRESS PORT`. It ends on any
 * signal, and with the demo that holds its standard input.
 */
import { createServer } from "node:http";

const [address = "127.0.0.11", port = "8081"] = process.argv.slice(2);

const server = createServer((request, response) => {
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.end(request.method === "HEAD" ? undefined : `This is the web server on ${address}.\n`);
});
server.on("error", (error) => {
  process.stderr.write(`web server ${address}:${port}: ${error.message}\n`);
  process.exitCode = 1;
});
process.stdin.on("close", () => process.exit(0)).resume();
server.listen(Number(port), address);
