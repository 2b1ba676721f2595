// A name server that knows one address for every name (RFC 1035), or none at all; of those in .invalid, never one
// (RFC 6761 6.4). It says so a second late for late.invalid, and says nothing of silent.invalid. A name of `late` that
// does not end in .test has lost its end on the way, and has no address.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const noSuchName = 3;

/** The answer to a query: one A record, or the error. */
function answer(query, address) {
  const reply = Buffer.from(query);
  reply.writeUInt16BE(address ? 0x8180 : 0x8180 | noSuchName, 2);
  reply.writeUInt16BE(address ? 1 : 0, 6);
  reply.writeUInt32BE(0, 8); // what a query may have besides is not echoed
  if (!address) return reply;
  // Name: a pointer to the question. A, IN, a second to live, four bytes.
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)];
  return Buffer.concat([reply, Buffer.from(record)]);
}

/** `address` can be changed: null is "no such name", undefined is silence. */
export async function startDns(address, { port = 0, on = '127.0.0.1' } = {}) {
  const socket = createSocket('udp4');
  const late = new Set();
  const stop = () => {
    late.forEach(clearTimeout);
    socket.close();
  };
  const dns = { address, asked: 0, stop };
  socket.on('message', (query, { port: to, address: from }) => {
    const has = (label) => query.includes(`${String.fromCharCode(label.length)}${label}`);
    const known = has('invalid') || (has('late') && !has('test')) ? null : dns.address;
    dns.asked += 1;
    if (known === undefined || has('silent')) return;
    const say = () => socket.send(answer(query, known), to, from);
    if (has('late')) late.add(setTimeout(say, 1000));
    else say();
  });
  socket.bind(port, on);
  await once(socket, 'listening');
  dns.port = socket.address().port;
  return dns;
}
