// echo.mjs [PORT [ADDRESS]]: what port_check talks to, on loopback if no address is said. Prints "PORT CLOSED_PORT", then sends back whatever comes,
// ends a connection after an EOT, resets it after a CAN, and never ends its side after an XOFF, until it is stopped.
import { once } from 'node:events';
import { createServer } from 'node:net';

const EOT = 4;
const XOFF = 19;
const CAN = 24;

const server = createServer({ allowHalfOpen: true }, (socket) => {
  let open = false;
  socket.on('error', () => {});
  socket.on('end', () => open || socket.end());
  socket.on('data', (data) => {
    open ||= data.includes(XOFF);
    if (data.includes(CAN)) socket.resetAndDestroy();
    else if (data.includes(EOT)) socket.end();
    else socket.write(data);
  });
});
const [, , port = 0, address = '127.0.0.1'] = process.argv;
server.listen(Number(port), address);
const free = createServer().listen(0, address);
await Promise.all([once(server, 'listening'), once(free, 'listening')]);
const { port: closed } = free.address();
free.close();
await once(free, 'close');
console.log(`${server.address().port} ${closed}`);
