// What every port has to do (tests/port_check), on the board: lwIP's stream, the slots in NOR flash.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { root } from '../e2e/lab/paths.mjs';
import { drawer, hostAddress, power } from './board.mjs';
import { startDns } from '../port_check/dns.mjs';

/** echo.mjs, as long as the test lives: its port, and one that nobody listens at. */
async function startEcho(t) {
  const echo = spawn(process.execPath, [`${root}/tests/port_check/echo.mjs`], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => echo.kill());
  const [line] = await once(createInterface(echo.stdout), 'line');
  return line.split(' ');
}

test('port_check on the board', async (t) => {
  const [port, closed] = await startEcho(t);
  const dns = await startDns(hostAddress);
  t.after(() => dns.stop());
  const settings = {
    token: 'https://echo.test/',
    api: `https://echo.test:${port}/`,
    device: `https://echo.test:${closed}/`,
    dns: hostAddress,
    dnsport: dns.port,
    flash: drawer(t).flash,
  };
  // The second start shows whether a generator repeats itself, and whether the slots kept what they had.
  for (const skipped of [5, 3]) {
    const board = power(t, { profile: 'tiny', image: 'port_check', settings, patience: 240000 });
    const { code } = await board.off;
    const lines = board.shown.split('\n').filter((line) => line && !/^(network:|#)/.test(line));
    const plan = lines.pop();
    assert.deepEqual(lines.filter((line) => !line.startsWith('ok ')), [], board.shown);
    assert.equal(plan, `1..${lines.length}`, board.shown);
    assert.equal(lines.filter((line) => line.includes('# SKIP')).length, skipped, board.shown);
    assert.ok(lines.length >= 25, board.shown);
    assert.equal(code, 0);
  }
});
