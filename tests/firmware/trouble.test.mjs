// What can go wrong around a device: each is named on the console, and once its cause is gone the
// device carries on by itself.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, symlinkSync, watch } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { drawer, hostAddress, laboratory, power } from './board.mjs';

/** A board that meets `trouble` (a pattern), after which `mend` lets it sign in to its end. */
async function meets(t, { trouble, mend, settings, prepare, profile }) {
  const { lab, dns } = await laboratory(t, {});
  const { dir, flash } = drawer(t);
  const room = { lab, dns, dir };
  await prepare?.(room);
  const board = power(t, { profile, lab, dns, settings: { flash, ...settings?.(room) } });
  room.board = board;
  const { index } = await board.until(trouble);
  await mend(room);
  await lab.approve(await board.code(index));
  assert.deepEqual(await board.off, { code: 0, signal: null }, board.shown);
  assert.match(board.shown, /service: answered 200/);
  return board;
}

test('no clock', (t) =>
  meets(t, {
    settings: ({ dir }) => ({ clock: join(dir, 'clock') }),
    trouble: /trouble: sign-in: the date is not known, so no certificate can be checked \[clock\]\n/,
    mend: ({ dir }) => symlinkSync('/dev/null', join(dir, 'clock')),
  }));

test('no entropy', async (t) => {
  await meets(t, {
    settings: ({ dir }) => ({ entropy: join(dir, 'entropy') }),
    trouble: /trouble: sign-in: there is no source of strong randomness \[random\]\n/,
    mend: ({ dir, lab }) => {
      assert.deepEqual(lab.handshakes, []);
      symlinkSync('/dev/urandom', join(dir, 'entropy'));
    },
  });
});

test('no such name', (t) =>
  meets(t, {
    prepare: ({ dns }) => (dns.address = null),
    trouble:
      /trouble: sign-in: the name server does not know the provider's name, or does not answer \[dns\]\n/,
    mend: ({ dns }) => (dns.address = hostAddress),
  }));

test('a name server that is silent', (t) =>
  meets(t, {
    prepare: ({ dns }) => (dns.address = undefined),
    trouble: /trouble: sign-in: the name server does not know the provider's name, or does not answer \[dns\]\n/,
    mend: ({ dns }) => (dns.address = hostAddress),
  }));

test('nothing listens', (t) =>
  meets(t, {
    prepare: ({ lab }) => lab.down(),
    trouble: /trouble: sign-in: the server cannot be reached \[connect, detail -\d+\]\n/,
    mend: ({ lab }) => lab.up(),
  }));

test('a captive portal', (t) =>
  meets(t, {
    prepare: ({ lab }) => (lab.page = '<!DOCTYPE html><title>Welcome</title><h1>Welcome to our hotel</h1>'),
    trouble:
      /trouble: sign-in: Something between here and the provider may have answered, such as a network that asks for a sign-in of its own. \[json, status 200\]\n/,
    mend: ({ lab }) => (lab.page = undefined),
  }));

test('the cable is out while somebody signs in', async (t) => {
  const { lab, dns } = await laboratory(t, {});
  const { flash } = drawer(t);
  const board = power(t, { lab, dns, settings: { flash } });
  const code = await board.code();
  await board.cable(false);
  const { index } = await board.until(/trouble: sign-in: the network cable is out \[cancel\]\n/);
  await board.until(/trouble: network: the network cable is out \[link\]\n/, index);
  await lab.approve(code);
  await board.cable(true);
  await board.until(/network: the cable is in\n[^]*sign-in: goes on with the code that is pending\n/, index);
  assert.deepEqual(await board.off, { code: 0, signal: null }, board.shown);
  assert.match(board.shown, /service: answered 200/);
});

/** A device that is signed in, has refreshed after that if there are more `rounds`, and is switched off. */
async function signedIn(t, { rounds = 1, ...settings } = {}) {
  const { lab, dns } = await laboratory(t, settings);
  const { flash } = drawer(t);
  const options = { lab, dns, settings: { flash } };
  const board = power(t, { ...options, settings: { flash, rounds } });
  await lab.approve(await board.code());
  assert.deepEqual(await board.off, { code: 0, signal: null }, board.shown);
  return { lab, options };
}

test('the cable is out when it is switched on, and the grant is there', async (t) => {
  const { options } = await signedIn(t);
  const board = power(t, { ...options, paused: true });
  await board.cable(false);
  await board.go();
  await board.until(/trouble: network: the network cable is out \[link\]\n/);
  await board.cable(true);
  assert.deepEqual(await board.off, { code: 0, signal: null }, board.shown);
  assert.match(board.shown, /the cable is in\n[^]*refresh: a new access token[^]*service: answered 200/);
});

test('the cable is out while the answer to a refresh is on its way, and nothing is lost', async (t) => {
  const { lab, options } = await signedIn(t);
  let send;
  const asked = new Promise((resolve) => {
    lab.hold = () => {
      resolve();
      return new Promise((sent) => (send = sent));
    };
  });
  const board = power(t, options);
  await asked;
  await board.cable(false);
  await board.until(/network: the cable is out\n/);
  await board.cable(true);
  await board.until(/network: the cable is in\n/);
  send();
  assert.deepEqual(await board.off, { code: 0, signal: null }, board.shown);
  assert.match(board.shown, /refresh: a new access token[^]*service: answered 200/);
  assert.doesNotMatch(board.shown, /trouble|cut short/);
});

test('the server asks for a pause, and gets it', async (t) => {
  const { lab, options } = await signedIn(t);
  lab.busy = 4;
  lab.asked = 0;
  const board = power(t, options); // which tries again after 100 ms otherwise
  await board.until(/trouble: refresh: [^\n]*\[status, status 429\]\n/);
  const told = performance.now();
  await board.until(/trouble: refresh: [^\n]*\n[^]*trouble: refresh: [^\n]*\[status, status 429\]\n/);
  assert.ok(performance.now() - told > 1500, `${performance.now() - told} ms`);
  assert.equal(lab.asked, 2);
  lab.busy = 0;
  assert.deepEqual(await board.off, { code: 0, signal: null }, board.shown);
  assert.match(board.shown, /refresh: a new access token/);
});

/** Requests that are no polls for a device code. */
const questions = (lab) => lab.asked - lab.polls.length;

test('a pause outlives the power, and so does the word that the grant is over', async (t) => {
  const { lab, options } = await signedIn(t, { rotate: false });
  // A device, which asks the server when it has to, and not in rounds.
  const device = () => power(t, { ...options, settings: { ...options.settings, rounds: 0 } });
  lab.busy = 4;
  const first = device();
  await first.until(/trouble: refresh: [^\n]*\[status, status 429\]\n/);
  await first.kill();
  let asked = questions(lab);
  const second = device();
  await second.until(/trouble: refresh: [^\n]*\[later\]\n/);
  await second.kill();
  assert.equal(questions(lab), asked);

  lab.busy = 0;
  await lab.revoke(/public([\w-]{43})/.exec(readFileSync(options.settings.flash, 'latin1'))[1]);
  const third = power(t, options);
  const code = await third.code();
  await third.kill();
  asked = questions(lab);
  const fourth = device();
  await fourth.until(/trouble: refresh: [^\n]*invalid_grant\]\n[^]*has to sign in again\n[^]*goes on with the code/);
  assert.equal(questions(lab), asked);
  await lab.approve(code);
  await fourth.until(/service: answered 200/);
});

/** Waits until the board erases a block of the grant's: its second half is empty, its first is not. */
async function erasing(board, flash) {
  const size = 4096;
  const half = () => {
    const bytes = readFileSync(flash);
    return [0, 1].some((block) => {
      const at = block * size;
      return bytes[at] !== 0xff && bytes.subarray(at + size / 2, at + size).every((byte) => byte === 0xff);
    });
  };
  const watcher = watch(flash);
  const gone = board.off.then(() => assert.fail(`nothing was erased:\n${board.shown}`));
  gone.catch(() => {});
  while (!half()) await Promise.race([once(watcher, 'change'), gone]);
  watcher.close();
}

test('the cable is out while room is made for the answer, and nothing is lost', async (t) => {
  // A block takes two records of this size, and they go to two blocks by turns.
  const { options } = await signedIn(t, { rounds: 4, refreshSize: 1300 });
  const board = power(t, { ...options, settings: { ...options.settings, erase: 5000 } });
  await erasing(board, options.settings.flash);
  await board.cable(false);
  await board.until(/network: the cable is out\n/);
  await board.until(/refresh: a new access token/);
  await board.cable(true);
  assert.deepEqual(await board.off, { code: 0, signal: null }, board.shown);
  assert.doesNotMatch(board.shown, /trouble: refresh|cut short|sign-in/);
});

/** Mbed TLS calls a lack of memory many things: whatever it says, the console tells the cause. */
for (const pool of [4000, 12000, 20000, 25000, 30000, 34000, 37000])
  test(`a pool of ${pool} bytes, which is too small`, async (t) => {
    const { lab, dns } = await laboratory(t, { cert: 'azure' });
    const board = power(t, { lab, dns, settings: { flash: '', pool } });
    await board.until(/trouble: (start|sign-in): the TLS pool is too small \(POOL_SIZE\), whatever else is said \[/);
    if (pool > 20000) await board.until(/trouble: sign-in[^]*trouble: sign-in/); // and it still runs
  });
