// The power fails at a hundred random moments: the next start always has a grant that is good. The
// server is one like Entra, where an older refresh token stays good. MOAT_SEED=N for other moments.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dice, drawer, laboratory, power } from './board.mjs';

const seed = Number(process.env.MOAT_SEED ?? 20260101);
const kills = 50; // of each of two kinds

/** A device that is signed in, with a record so long that every third write of one erases a block first. */
async function signedIn(t) {
  const { lab, dns } = await laboratory(t, { rotate: false, refreshSize: 1200 });
  const { flash } = drawer(t);
  const options = { lab, dns, settings: { flash } };
  const board = power(t, options);
  await lab.approve(await board.code());
  assert.deepEqual(await board.off, { code: 0, signal: null }, board.shown);
  return { options };
}

/** The next start: it refreshes, and asks nobody for anything. */
async function assertGood(t, options, how) {
  const board = power(t, options);
  const { code } = await board.off, said = `seed ${seed}, ${how}:\n${board.shown}`;
  assert.equal(code, 0, said);
  assert.match(board.shown, /refresh: a new access token/, said);
  assert.doesNotMatch(board.shown, /sign-in|trouble/, said);
  return board.shown;
}

test(`${kills} times QEMU is killed after a random time`, async (t) => {
  const { options } = await signedIn(t);
  const random = dice(seed);
  for (let i = 0; i < kills; i++) {
    const ms = random(1500);
    const board = power(t, { ...options, settings: { ...options.settings, rounds: 1000 } });
    // Every other time it is starting; else it refreshes already, however slow this machine is.
    if (i % 2) await board.until(/refresh: a new access token/);
    const timer = setTimeout(() => board.kill(), ms);
    assert.equal((await board.off).signal, 'SIGKILL', board.shown);
    clearTimeout(timer);
    await assertGood(t, options, `kill ${i} after ${ms} ms`);
  }
});

test(`${kills} times the power fails in the middle of a change of the flash`, async (t) => {
  const { options } = await signedIn(t);
  const random = dice(seed + 1);
  let interrupted = 0;
  for (let i = 0; i < kills; i++) {
    const cut = 1 + random(700);
    const board = power(t, { ...options, settings: { ...options.settings, rounds: 1000, cut } });
    await board.until(/flash: the power is cut\n/);
    await board.kill();
    const shown = await assertGood(t, options, `kill ${i} after ${cut} changes`);
    if (shown.includes('refresh: the last one was cut short')) interrupted += 1;
  }
  assert.ok(interrupted > kills / 4, `only ${interrupted} of them had a refresh on its way`);
});

test('the power fails while somebody signs in: the next start goes on, or begins anew', async (t) => {
  const { lab, dns } = await laboratory(t, { rotate: false, refreshSize: 1200 });
  const random = dice(seed + 2);
  let pending = 0;
  for (let i = 0; i < 10; i++) {
    const { flash } = drawer(t);
    const cut = 1 + random(i % 2 ? 40 : 280);
    const board = power(t, { lab, dns, settings: { flash, cut, rounds: 1000 } });
    void board.approveAll(lab);
    await board.until(/flash: the power is cut\n/);
    await board.kill();
    const next = power(t, { lab, dns, settings: { flash } });
    void next.approveAll(lab);
    assert.deepEqual(await next.off, { code: 0, signal: null }, `seed ${seed}, ${cut} changes:\n${next.shown}`);
    assert.match(next.shown, /service: answered 200/);
    if (next.shown.includes('goes on with the code')) pending += 1;
  }
  assert.ok(pending > 0, 'no code was ever pending');
});
