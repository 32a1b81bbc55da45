/**
 * The floor: the least that a program in Node can do for a query. It answers every question with the same four
 * addresses, without parsing, looking up or checking anything. What a real server reaches above or below it says how much
 * of its time goes into DNS and how much into the socket. Arguments: address and port.
 */
import { createSocket } from "node:dgram";

const [address = "127.0.0.1", port = "5300"] = process.argv.slice(2);
const addressCount = 4;
const record = (last: number): number[] => [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 192, 0, 2, last];
const answers = Buffer.from(Array.from({ length: addressCount }, (_, i) => record(i + 1)).flat());

const socket = createSocket({ type: "udp4", recvBufferSize: 1024 * 1024 });
socket.on("message", (query, from) => {
  const questionEnd = query.indexOf(0, 12) + 5;
  const reply = Buffer.allocUnsafe(questionEnd + answers.length);
  query.copy(reply, 0, 0, questionEnd);
  reply[2] = 0x84;
  reply[3] = 0;
  reply.writeUInt16BE(addressCount, 6);
  reply.writeUInt16BE(0, 8);
  reply.writeUInt16BE(0, 10);
  answers.copy(reply, questionEnd);
  socket.send(reply, from.port, from.address);
});
socket.bind(Number(port), address);
