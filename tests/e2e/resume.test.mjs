// TLS sessions are kept from command to command: what is resumed, and what must not be.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Home } from './lab/moat.mjs';
import { certs, roots } from './lab/paths.mjs';
import { signIn } from './lab/person.mjs';
import { startLab } from './lab/server.mjs';

/** A grant from a server of its own; `resumed` tells of each handshake of Moat's since it was asked. */
async function start(t, settings, more = []) {
  const lab = await startLab(settings);
  t.after(() => lab.stop());
  const home = new Home(t);
  await home.init(lab, { more });
  const { url } = await home.url();
  const redirect = await signIn(url);
  lab.handshakes.length = 0;
  await home.ok('exchange', [], { input: `${redirect}\n` });
  const resumed = async (command = 'refresh', args = []) => {
    lab.handshakes.length = 0;
    await home.ok(command, args);
    assert.equal(lab.handshakes.length, 1);
    return lab.handshakes[0].resumed;
  };
  assert.equal(lab.handshakes[0].resumed, false);
  return { lab, home, resumed, file: `${home.state}/tls` };
}

for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
  test(`the next command resumes: ${maxVersion}`, async (t) => {
    const { home, resumed, file } = await start(t, { maxVersion });
    for (let i = 0; i < 3; i += 1) assert.equal(await resumed(), true, `${i}`);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(statSync(file).size <= 400, `${statSync(file).size} bytes`);
    await home.ok('logout');
    assert.equal(existsSync(file), false);
  });

  test(`a session that the server refuses is replaced: ${maxVersion}`, async (t) => {
    const { lab, resumed } = await start(t, { maxVersion });
    lab.forgetSessions();
    assert.equal(await resumed(), false);
    assert.equal(await resumed(), true);
  });

  test(`a file that is damaged costs a full handshake: ${maxVersion}`, async (t) => {
    const { resumed, file } = await start(t, { maxVersion });
    const whole = readFileSync(file);
    for (const n of [0, 1, 47, 48, whole.length >> 1, whole.length - 1]) {
      writeFileSync(file, whole.subarray(0, n));
      assert.equal(await resumed(), false, `cut to ${n}`);
      assert.equal(await resumed(), true, 'and is written anew');
    }
    for (const at of [0, 4, 8, 16, 48, 60, whole.length - 5, whole.length - 1]) {
      const bytes = Buffer.from(whole);
      bytes[at] ^= 1;
      writeFileSync(file, bytes);
      assert.equal(await resumed(), false, `byte ${at}`);
    }
    writeFileSync(file, Buffer.alloc(100000, 'x'));
    assert.equal(await resumed(), false);
    assert.equal(await resumed(), true);
  });
}

test('other roots: the server has to show its certificate again', async (t) => {
  const { home, resumed } = await start(t);
  const ca = `${home.dir}/more-roots.pem`;
  writeFileSync(ca, readFileSync(roots));
  appendFileSync(ca, readFileSync(`${certs}/root-ec.crt`));
  assert.equal(await resumed('refresh', ['--ca', ca]), false);
  assert.equal(await resumed('refresh', ['--ca', ca]), true);
  assert.equal(await resumed(), false);
});

test('roots that do not vouch for the server: refused, with a session or without', async (t) => {
  const { home, lab } = await start(t);
  const { err } = await home.expect(5, 'refresh', ['--ca', `${certs}/unknownca.chain.pem`]);
  assert.match(err, /certificate of localhost was refused/);
  assert.equal(lab.posts.length, 1);
});

test('another server does not see it', async (t) => {
  const { home, lab } = await start(t);
  const other = await startLab();
  t.after(() => other.stop());
  const args = ['--authorize-url', other.authorizeUrl, '--token-url', other.tokenUrl];
  const { url } = await home.url(args);
  const redirect = await signIn(url);
  other.handshakes.length = 0;
  await home.ok('exchange', args, { input: `${redirect}\n` });
  assert.deepEqual(other.handshakes.map(({ resumed }) => resumed), [false]);
  assert.equal(lab.posts.length, 1);
});

test('nothing is kept of a server that was refused', async (t) => {
  const lab = await startLab({ cert: 'wronghost' });
  t.after(() => lab.stop());
  const home = new Home(t);
  await home.init(lab);
  const { redirect } = await home.redirect();
  await home.expect(5, 'exchange', [], { input: `${redirect}\n` });
  assert.equal(existsSync(`${home.state}/tls`), false);
});
