// server.mjs KEY CERT: the provider of the packages' tests, auth.example.com. Prints its port. A client signs in by device
// code, or has a secret; with CERT "none" it speaks without TLS, for tests whose TLS is a mock.
import { readFileSync } from 'node:fs';
import { createServer as plain } from 'node:http';
import { createServer as tls } from 'node:https';

const [key, cert] = process.argv.slice(2);
const answers = {
  '/device': () => ({ device_code: 'dc', user_code: 'ABCD-EFGH', verification_uri: 'https://auth.example.com/activate', expires_in: 60, interval: 1 }),
  '/token': (p) => (p.get('grant_type') === 'client_credentials'
    ? p.get('client_secret') === 'its secret' && { access_token: 'token-of-a-machine', token_type: 'Bearer', expires_in: 3600 }
    : p.get('device_code') === 'dc' && { access_token: 'token-of-a-person', refresh_token: 'r', token_type: 'Bearer', expires_in: 3600 }),
};
async function answer(request, response) {
  let body = '';
  for await (const chunk of request) body += chunk;
  const said = request.headers.host === 'auth.example.com' && answers[request.url]?.(new URLSearchParams(body));
  response.writeHead(said ? 200 : 400, { 'Content-Type': 'application/json' }).end(JSON.stringify(said || { error: 'invalid_request' }));
}
const server = cert ? tls({ key: readFileSync(key), cert: readFileSync(cert) }, answer) : plain(answer);
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
