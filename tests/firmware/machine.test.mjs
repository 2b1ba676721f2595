// Images that nobody signs in: by a signed assertion, and by a certificate. They get a token, use it, keep it over a
// restart, and lose nothing when the power fails.
import assert from 'node:assert/strict';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { machines } from '../e2e/lab/clients.mjs';
import { certs } from '../e2e/lab/paths.mjs';
import { assertMarks, boards, dice, drawer, laboratory, power } from './board.mjs';

const seed = Number(process.env.MOAT_SEED ?? 20260101);
const cuts = 25; // of each image
const kept = /service: answered 200, the access token is accepted\n/;
const renewed = 'refresh: a new access token, and its record is stored\n';

const device = {
  client_id: 'device',
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_auth_subject_dn: 'CN=device',
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
};
const keyOf = (pem) => createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
const keyFile = (name) => keyOf(readFileSync(`${certs}/${name}.key`));
const certificate = (name) => new X509Certificate(readFileSync(`${certs}/${name}.chain.pem`)).raw;

/** What the factory does for each image: settings of the lab, and of the device with its files. */
const factory = {
  key: {
    lab: {},
    device: (lab) => ({ client: machines.key.id, audience: lab.issuer }),
    files: (lab) => ({ key: keyOf(lab.clientKey.pem) }),
    wrong: () => ({ key: keyFile('client-other') }),
  },
  certificate: {
    lab: { mtls: [device] },
    device: () => ({ client: device.client_id }),
    files: () => ({ key: keyFile('client-ec'), certificate: certificate('client-ec') }),
    wrong: () => ({ key: keyFile('client-unknown'), certificate: certificate('client-unknown') }),
  },
};

/** A lab, and what it takes to switch a board on; `files` are those that the factory left in it. */
async function made(t, image, { lab: more, files = factory[image].files, ...options } = {}) {
  const { lab, dns } = await laboratory(t, { ...factory[image].lab, accessPad: 700, ...more });
  const { dir, flash } = drawer(t);
  const settings = { flash, device: '', scope: 'files.read+files.readwrite', ...factory[image].device(lab) };
  for (const [name, bytes] of Object.entries(files(lab))) writeFileSync((settings[name] = join(dir, name)), bytes);
  const on = (changed) => power(t, { image, lab, dns, ...options, settings: { ...settings, ...changed } });
  return { lab, on, flash };
}

/** Switches it on as in the field, until it has used a token: it asks only when it has to. */
async function uses(on) {
  const board = on({ rounds: 0 });
  await board.until(kept);
  await board.kill();
  assert.doesNotMatch(board.shown, /trouble/);
  return board.shown;
}

for (const image of Object.keys(factory)) {
  for (const machine of Object.keys(boards))
    test(`${image}, ${machine}: a token without a person, which serves after a restart`, async (t) => {
      const { lab, on } = await made(t, image, { machine, lab: { cert: 'azure' } });
      const first = on();
      assert.deepEqual(await first.off, { code: 0, signal: null }, first.shown);
      assert.ok(first.shown.includes(renewed), first.shown);
      assert.match(first.shown, kept);
      const full = assertMarks(first.shown);
      assert.equal(full.kind, 'full');
      assert.deepEqual(lab.posts, [200]);

      assert.ok(!(await uses(on)).includes(renewed));
      assert.deepEqual(lab.posts, [200], 'the stored token serves');

      const third = on();
      assert.deepEqual(await third.off, { code: 0, signal: null }, third.shown);
      assert.ok(third.shown.includes(renewed));
      assert.doesNotMatch(first.shown + third.shown, /trouble|sign in/);
      const resumed = assertMarks(third.shown);
      assert.equal(resumed.kind, 'resumed');
      assert.deepEqual(lab.posts, [200, 200]);
      assert.deepEqual(lab.errors, []);
      console.log(`${image} ${machine}: full ${full.handshake}, longest ${full.longest}, resumed ${resumed.handshake}, pool ${full.pool}, stack ${full.stack}`);
    });

  test(`${image}: another's is refused, and nobody is asked to sign in`, async (t) => {
    const { lab, on } = await made(t, image, { files: factory[image].wrong });
    const board = on();
    await board.until(/trouble: refresh: [^\n]*\[oauth, status 401, invalid_client\]\n/);
    await board.kill();
    assert.doesNotMatch(board.shown, /sign-in|enter the code/);
    assert.ok(lab.posts.every((status) => status === 401));
  });

  test(`${image}: a key that is cut off ends it before anything is sent`, async (t) => {
    const whole = factory[image].files;
    const files = (lab) => ({ ...whole(lab), key: whole(lab).key.subarray(0, 60) });
    const { lab, on } = await made(t, image, { files });
    const board = on();
    assert.equal((await board.off).code, 3, board.shown);
    assert.match(board.shown, /trouble: start: [^\n]*\[(key|cert)/);
    assert.deepEqual(lab.handshakes, []);
  });

  test(`${image}: ${cuts} times the power fails in the middle of a change of the flash`, async (t) => {
    const { lab, on } = await made(t, image);
    const random = dice(seed + image.length);
    let spoiled = 0, stored = false;
    for (let i = 0; i < cuts; i++) {
      const cut = 1 + random(700), before = lab.posts.length;
      const board = on({ rounds: 1000, cut });
      await board.until(/flash: the power is cut\n/);
      await board.kill();
      const how = `seed ${seed}, cut ${i} after ${cut} changes`;
      assert.doesNotMatch(board.shown, /trouble/, how);
      const answered = lab.posts.length;
      stored ||= board.shown.includes(renewed);
      if (answered - before >= board.shown.split(renewed).length) spoiled += 1;
      const shown = await uses(on);
      // Whatever the cut spoiled, the token before it is still there, and good.
      if (stored) assert.equal(lab.posts.length, answered, `${how}: asked again:\n${shown}`);
      stored = true;
      const next = on();
      assert.deepEqual(await next.off, { code: 0, signal: null }, `${how}:\n${next.shown}`);
      assert.ok(next.shown.includes(renewed) && kept.test(next.shown), `${how}:\n${next.shown}`);
      assert.doesNotMatch(next.shown, /trouble/, how);
    }
    assert.ok(lab.posts.every((status) => status === 200));
    assert.ok(spoiled > cuts / 4, `only ${spoiled} of them spoiled the record of a token`);
  });
}
