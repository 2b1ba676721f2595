// The short files of examples/, run as somebody would who tries them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { clients } from './lab/clients.mjs';
import { Home, passed, start } from './lab/moat.mjs';
import { build, certs, roots } from './lab/paths.mjs';
import { signIn } from './lab/person.mjs';
import { answering, json, serve, tokens } from './lab/scripted.mjs';
import { startLab } from './lab/server.mjs';

const { id } = clients.none;
const toDer = (name, file) =>
  execFileSync('openssl', ['x509', '-in', `${certs}/${name}.crt`, '-outform', 'DER', '-out', file]);
let dir, root, lab;
before(async () => {
  lab = await startLab();
  dir = mkdtempSync(join(tmpdir(), 'moat-examples-'));
  root = `${dir}/root.der`;
  toDer('root', root);
});
after(() => {
  lab.stop();
  rmSync(dir, { recursive: true });
  assert.deepEqual(lab.errors, []);
});

const run = (t, name, args, options) =>
  start(t, args, { env: passed, program: `${build}/examples/${name}`, ...options });

/** A refresh token of a public client, by way of the program. */
async function refreshToken(t) {
  const home = new Home(t);
  await home.init(lab, { auth: 'none' });
  const { url } = await home.url();
  await home.ok('exchange', [], { input: `${await signIn(url)}\n` });
  return JSON.parse((await home.ok('export', ['--format', 'json'])).out).refresh_token;
}

function assertAccessToken(accessToken) {
  const claims = JSON.parse(Buffer.from(accessToken.trim().split('.')[1], 'base64url'));
  assert.equal(claims.client_id, id);
  assert.equal(claims.sub, 'alice');
}

test('blocking: a refresh', async (t) => {
  const input = `${await refreshToken(t)}\n`;
  const { code, out, err } = await run(t, 'blocking', [lab.tokenUrl, root, id], { input }).finished;
  assert.equal(code, 0, err);
  assertAccessToken(out);
});

test('blocking: another root is not trusted', async (t) => {
  const other = `${dir}/other.der`;
  toDer('root-ec', other);
  const posts = lab.posts.length;
  const { code, err } = await run(t, 'blocking', [lab.tokenUrl, other, id], { input: 'x\n' }).finished;
  assert.equal(code, 1);
  assert.match(err, /certificate/);
  assert.equal(lab.posts.length, posts);
});

test('device_flow: signs in, and takes up a code that was pending', async (t) => {
  const state = mkdtempSync(`${dir}/state-`);
  const args = [lab.deviceUrl, lab.tokenUrl, root, id, state];
  const first = run(t, 'device_flow', args);
  const [, userCode] = await first.until(/enter the code (\S+)/);
  process.kill(first.pid, 'SIGKILL');
  assert.equal((await first.finished).signal, 'SIGKILL');
  const second = run(t, 'device_flow', args);
  assert.equal((await second.until(/enter the code (\S+)/))[1], userCode);
  await lab.approve(userCode);
  const { code, out, err } = await second.finished;
  assert.equal(code, 0, err);
  assert.match(out, /the grant is stored/);
  assert.deepEqual(readdirSync(state).filter((name) => /^(grant|pending)/.test(name)).length, 1);
});

test('device_flow: denied', async (t) => {
  const running = run(t, 'device_flow', [lab.deviceUrl, lab.tokenUrl, root, id, mkdtempSync(`${dir}/state-`)]);
  const [, userCode] = await running.until(/enter the code (\S+)/);
  await lab.deny(userCode);
  const { code, err } = await running.finished;
  assert.equal(code, 1);
  assert.match(err, /denied|refused|said no/);
});

test('device_flow: a code that the server does not know is forgotten', async (t) => {
  const server = await serve(t, {
    script: async (connection) => {
      await connection.request();
      await connection.write(
        json({ device_code: 'd', user_code: 'ABCD', verification_uri: 'https://x.example/', interval: 1 }),
      );
      await connection.request();
      await connection.write(json({ error: 'invalid_grant' }, '400 No'));
      connection.end();
    },
  });
  const state = mkdtempSync(`${dir}/state-`);
  const { code } = await run(t, 'device_flow', [server.tokenUrl, server.tokenUrl, root, id, state]).finished;
  assert.equal(code, 1);
  assert.equal(server.requests.length, 2);
  assert.ok(!readdirSync(state).includes('pending'), 'the next start asks for another');
});

test('superloop: a sign-in that was refused is not begun anew at once', async (t) => {
  const server = await serve(t, {
    script: answering(json({ error: 'access_denied' }, '400 No')),
  });
  const env = {
    ...passed,
    STATE: mkdtempSync(`${dir}/state-`),
    ROOTS: roots,
    TOKEN_URL: server.tokenUrl,
    DEVICE_URL: `${server.origin}/devicecode`,
    CLIENT_ID: id,
    RUN_MS: '2000',
  };
  const { code, out, err } = await run(t, 'superloop', [], { env }).finished;
  assert.equal(code, 0, err);
  assert.equal(server.requests.length, 1);
  assert.equal(out, 'need 1 0 oauth\n');
});

/** A modem at the other end of the line: it makes the TLS connection. `piece` bytes at a time. */
function modem(line, { port, refuse = false, piece = 7 } = {}) {
  const calls = [];
  let command = '';
  const slowly = (data) => {
    for (let i = 0; i < data.length; i += piece) line.write(data.subarray(i, i + piece));
  };
  const dial = (data) => {
    command += data.toString('latin1');
    if (!command.endsWith('\r\n')) return;
    calls.push(command.trim());
    if (refuse) return line.write('ERROR\r\n');
    line.off('data', dial);
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: readFileSync(roots) }, () => {
      line.write('CONNECT\r\n');
      line.on('data', (more) => socket.write(more));
      socket.on('data', slowly).on('end', () => line.end());
    });
    return socket;
  };
  line.on('data', dial).on('error', () => {});
  return calls;
}

test("own_tls: a refresh over a modem's TLS", async (t) => {
  const input = `${await refreshToken(t)}\n`;
  const running = run(t, 'own_tls', [lab.tokenUrl, id], { input, pipes: 4 });
  const { port } = new URL(lab.tokenUrl);
  const calls = modem(running.pipes[3], { port: Number(port) });
  const { code, out, err } = await running.finished;
  assert.equal(code, 0, err);
  assertAccessToken(out);
  assert.deepEqual(calls, [`AT+TLSOPEN="localhost",${port}`]);
});

test('own_tls: the modem does not get through', async (t) => {
  const running = run(t, 'own_tls', [lab.tokenUrl, id], { input: 'x\n', pipes: 4 });
  modem(running.pipes[3], { refuse: true });
  const { code, err } = await running.finished;
  assert.equal(code, 1);
  assert.match(err, /cannot be reached/);
});

test('own_tls: no Mbed TLS is linked', () => {
  const symbols = execFileSync('nm', [`${build}/examples/own_tls`], { encoding: 'utf8' });
  assert.match(symbols, / T moat_step$/m);
  assert.doesNotMatch(symbols, /mbedtls/);
});

test('blocking: an answer that is no answer', async (t) => {
  const server = await serve(t, {
    script: async (connection) => {
      await connection.request();
      await connection.write(json(tokens({ access_token: undefined })));
      connection.end();
    },
  });
  const { code, err } = await run(t, 'blocking', [server.tokenUrl, root, id], { input: 'x\n' }).finished;
  assert.equal(code, 1);
  assert.notEqual(err, '');
});
