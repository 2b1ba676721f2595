// TLS servers that answer each POST as Entra would: 1021 bytes of head and 4711 of JSON.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';

const token = (n) => 'tok.'.repeat(n).slice(0, n);
const members = { token_type: 'Bearer', scope: 'Files.Read Files.ReadWrite', expires_in: 3599, ext_expires_in: 3599,
  access_token: token(2200), refresh_token: token(1199), id_token: token(1014) };
const pad = (target, make) => { let n = 0; while (make(n).length < target) n += 1; return make(n); };
const body = pad(4711, (n) => JSON.stringify({ ...members, client_info: 'c'.repeat(n) }));
const head = pad(1021, (n) => 'HTTP/1.1 200 OK\r\nCache-Control: no-store, no-cache\r\n'
  + 'Content-Type: application/json; charset=utf-8\r\n'
  + `Set-Cookie: fpc=${'x'.repeat(n)}; path=/; secure; HttpOnly\r\nContent-Length: ${body.length}\r\n\r\n`);
if (body.length !== 4711 || head.length !== 1021) throw new Error('the answer has the wrong size');

// Milliseconds until the answer. Nothing depends on how long it is, but the client always has to wait, as it
// would over a network, and so always makes the same system calls.
const thought = 5;

const chains = { EC: 'p256-chain', RSA: 'inter-ok' };

/** Both addresses of localhost, so that no client has to try a second one. */
async function listen(make) {
  for (;;) {
    const [v4, v6] = [make(), make()];
    await once(v4.listen(0, '127.0.0.1'), 'listening');
    const { port } = v4.address();
    const error = await once(v6.listen(port, '::1'), 'listening').then(() => null, (e) => e);
    if (error?.code !== 'EADDRINUSE') return { port, servers: error ? [v4] : [v4, v6] };
    v4.close();
  }
}

/**
 * A server whose key is of `kind` (EC or RSA), for one version of TLS alone. `seen` counts what came
 * since take() was called last; quiet() waits until all connections have been closed.
 */
export async function serve(certs, kind, version) {
  const seen = { full: 0, resumed: 0, requests: 0 };
  const open = new Set(), sessions = new Map();
  const chain = `${certs}/${chains[kind]}`;
  const options = { key: readFileSync(`${chain}.key`), cert: readFileSync(`${chain}.chain.pem`),
    minVersion: `TLSv${version}`, maxVersion: `TLSv${version}`, ticketKeys: randomBytes(48),
    honorCipherOrder: false }; // the client's order, as nginx does it
  const { port, servers } = await listen(() => createServer(options, (socket) => {
    seen[socket.isSessionReused() ? 'resumed' : 'full'] += 1;
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (data) => {
      text += data.toString('latin1');
      const length = /content-length: (\d+)/i.exec(text), end = text.indexOf('\r\n\r\n');
      if (end < 0 || !length || text.length < end + 4 + Number(length[1])) return;
      text = '';
      seen.requests += 1;
      setTimeout(() => socket.write(head + body), thought);
    });
  }).on('connection', (raw) => { // the TCP socket below
    open.add(raw);
    raw.on('close', () => open.delete(raw));
  }).on('tlsClientError', () => {}).on('newSession', (id, session, done) => { // curl takes no tickets of TLS 1.2
    sessions.set(id.toString('hex'), session);
    done();
  }).on('resumeSession', (id, done) => done(null, sessions.get(id.toString('hex')) ?? null)));
  return {
    port,
    take: () => { const was = { ...seen }; Object.assign(seen, { full: 0, resumed: 0, requests: 0 }); return was; },
    quiet: () => Promise.all([...open].map((raw) => once(raw, 'close'))),
    stop: () => servers.forEach((server) => server.close()),
  };
}
