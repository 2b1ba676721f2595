// The programs of `make cross` for 32 bits in the year 2040, after a time_t of 32 bits would have ended: sign-in, token,
// status and refresh, under emulation, beside an authorization server of that year with a certificate until 2050.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { labForAll } from '../e2e/lab/for_all.mjs';
import { Home, unhurried } from '../e2e/lab/moat.mjs';
import { certs, root } from '../e2e/lab/paths.mjs';

const tools = { armhf: 'arm-linux-gnueabihf', mipsel: 'mipsel-linux-gnu' };
const realNow = Date.now;
const ahead = Math.round((Date.UTC(2040, 5, 1) - realNow()) / 1000);
Date.now = () => realNow() + ahead * 1000; // what oidc-provider asks

const lab = await labForAll({ cert: 'until-2050' });

/** qemu-user gives QEMU_SET_ENV to the program. */
function clockOf(target) {
  const library = `${root}/build/cross/${target}/clock.so`;
  execFileSync(`${tools[target]}-gcc`, ['-Os', '-fPIC', '-shared', '-D_FILE_OFFSET_BITS=64', '-D_TIME_BITS=64',
    `${root}/tests/cross/clock.c`, '-o', library]);
  return `LD_PRELOAD=${library},CLOCK_AHEAD=${ahead}`;
}

for (const target of Object.keys(tools))
  test(`${target}: device login, token, status, refresh in 2040`, async (t) => {
    const home = new Home(t);
    home.program = `${root}/build/cross/${target}/run`;
    home.limit = unhurried; // emulated
    home.env.QEMU_SET_ENV = clockOf(target);
    await home.init(lab, { auth: 'none', more: ['--device-url', lab.deviceUrl] });
    await home.ok('set', [`ca=${certs}/root-2050.crt`]);
    const login = home.start(['login', home.name, '--device'], { open: true });
    const [, code] = await login.until(/^ {2}([A-Z]{4}-[A-Z]{4})$/m);
    await lab.approve(code);
    const { code: status, err } = await login.finished;
    assert.equal(status, 0, err);

    const { out: token } = await home.ok('token');
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    const said = await home.status();
    t.diagnostic(JSON.stringify(said));
    assert.equal(said.signed_in, true);
    assert.equal(said.access_token_valid, true);
    assert.ok(Math.abs(Date.parse(said.expires_at) / 1000 - exp) < 60, JSON.stringify(said));
    assert.match((await home.ok('status')).out, /2040-06-01/);
    await home.ok('refresh');
    assert.notEqual((await home.ok('token')).out, token);
  });
