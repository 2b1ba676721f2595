// server.mjs CERTS [TLSv1.2|TLSv1.3]: an answer as large as Entra's, 1021 bytes of head and 4711 of JSON.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';

const [, , certs, version = 'TLSv1.2'] = process.argv;
const token = (n) => 'tok.'.repeat(n).slice(0, n);
const members = { token_type: 'Bearer', scope: 'Files.Read Files.ReadWrite', expires_in: 3599, ext_expires_in: 3599,
  access_token: token(2200), refresh_token: token(1199), id_token: token(1014) };
const pad = (target, make) => { let n = 0; while (make(n).length < target) n += 1; return make(n); };
const body = pad(4711, (n) => JSON.stringify({ ...members, client_info: 'c'.repeat(n) }));
const head = pad(1021, (n) => `HTTP/1.1 200 OK\r\nCache-Control: no-store, no-cache\r\nContent-Type: application/json; charset=utf-8\r\n`
  + `Set-Cookie: fpc=${'x'.repeat(n)}; path=/; secure; HttpOnly\r\nContent-Length: ${body.length}\r\n\r\n`);
if (body.length !== 4711 || head.length !== 1021) throw new Error('the answer has the wrong size');

const server = createServer({ key: readFileSync(`${certs}/good-ecdsa.key`), cert: readFileSync(`${certs}/good-ecdsa.chain.pem`),
  minVersion: version, maxVersion: version }, (socket) => {
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (data) => {
    text += data.toString('latin1');
    const length = /content-length: (\d+)/i.exec(text), end = text.indexOf('\r\n\r\n');
    if (end < 0 || !length || text.length < end + 4 + Number(length[1])) return;
    text = '';
    socket.write(head + body);
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
