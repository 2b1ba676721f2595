// echo.mjs [PORT [ADDRESS [DNS_PORT]]]: what port_check talks to, on loopback if no address is said. Prints "PORT CLOSED_PORT" and
// runs until it is stopped. It sends back whatever comes, and besides, after a byte of
//   EOT (4)    ends the connection, and sends back what came until then
//   ENQ (5)    says, as one byte in place of it, how many connections the other sides have not closed
//   BEL (7)    sends a byte after two seconds, and none before
//   SI (15)    reads nothing for a second, and sends back what came besides
//   XOFF (19)  never ends its side
//   ETB (23)   sends a byte at once and another after two seconds
//   CAN (24)   resets the connection
//   SUB (26)   reads nothing more, and resets the connection after two seconds
// It is a name server too if there is DNS_PORT, 53 for a board: see dns.mjs.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { startDns } from './dns.mjs';

const [EOT, ENQ, BEL, SI, XOFF, ETB, CAN, SUB] = [4, 5, 7, 15, 19, 23, 24, 26];
const connections = new Set();

const later = (socket) => setTimeout(() => socket.destroyed || socket.write('.'), 2000);

/** A port that nobody listens at, and none that systems give to connections: such a connection could reach itself. */
async function closedPort(address) {
  for (;;) {
    const free = createServer().listen(randomInt(20000, 30000), address);
    try {
      await once(free, 'listening');
    } catch {
      continue;
    }
    const { port } = free.address();
    free.close();
    await once(free, 'close');
    return port;
  }
}

const server = createServer({ allowHalfOpen: true }, (socket) => {
  let open = false;
  connections.add(socket);
  socket.on('error', () => {});
  socket.on('close', () => connections.delete(socket));
  socket.on('end', () => {
    connections.delete(socket);
    if (!open) socket.end();
  });
  socket.on('data', (data) => {
    open ||= data.includes(XOFF);
    if (data.includes(SUB)) setTimeout(() => socket.resetAndDestroy(), 2000, socket.pause());
    else if (data.includes(CAN)) socket.resetAndDestroy();
    else if (data.includes(EOT)) socket.end(data);
    else if (data.includes(BEL)) later(socket);
    else if (data.includes(ETB)) later(socket, socket.write('.'));
    else if (data.includes(ENQ)) socket.write(Buffer.of(Math.min(connections.size, 127)));
    else if (data.includes(SI)) setTimeout(() => socket.resume(), 1000, socket.pause().write(data.filter((byte) => byte !== SI)));
    else socket.write(data);
  });
});
const [, , port = 0, address = '127.0.0.1', dnsPort] = process.argv;
server.listen(Number(port), address);
await once(server, 'listening');
const closed = await closedPort(address);
if (dnsPort) await startDns(address, { port: Number(dnsPort), on: address });
console.log(`${server.address().port} ${closed}`);
