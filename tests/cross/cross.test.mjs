// The programs of `make cross` on this machine, under emulation where their processor is another one:
// each signs in by device code, hands out a token and refreshes, against the authorization server.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { labForAll } from '../e2e/lab/for_all.mjs';
import { Home, unhurried } from '../e2e/lab/moat.mjs';
import { root } from '../e2e/lab/paths.mjs';

const KB = 1024;
const at = `${root}/build/cross`;
const targets = ['armhf', 'arm64', 'mips', 'mipsel', 'riscv64', 'amd64-musl'];
const lab = await labForAll();

/** A home whose program is that of a target. */
async function homeOf(t, target, maker = lab) {
  const home = new Home(t);
  home.program = `${at}/${target}/run`;
  home.limit = unhurried; // emulated
  await home.init(maker, { auth: 'none', more: ['--device-url', maker.deviceUrl] });
  return home;
}

async function signIn(home) {
  const login = home.start(['login', home.name, '--device'], { open: true });
  const [, code] = await login.until(/^ {2}([A-Z]{4}-[A-Z]{4})$/m);
  await lab.approve(code);
  const { code: status, out, err } = await login.finished;
  assert.equal(status, 0, err);
  assert.match(out, /signed in/);
}

function assertToken(text) {
  const claims = JSON.parse(Buffer.from(text.split('.')[1], 'base64url'));
  assert.equal(claims.sub, 'alice');
}

for (const target of targets)
  test(`${target}: device login, token, refresh`, async (t) => {
    const home = await homeOf(t, target);
    await signIn(home);
    const { out: first } = await home.ok('token');
    assertToken(first);
    const posts = lab.posts.length;
    await home.ok('refresh');
    assert.equal(lab.posts.length, posts + 1);
    const { out: second } = await home.ok('token');
    assertToken(second);
    assert.notEqual(second, first);
    assert.equal((await home.status()).signed_in, true);
  });

test('amd64-musl: static, within 640 KB, and 2 MiB of memory for a refresh', async (t) => {
  const program = `${at}/amd64-musl/moat`;
  const elf = execFileSync('readelf', ['-ld', program], { encoding: 'utf8' });
  assert.doesNotMatch(elf, /INTERP|NEEDED/);
  const { size } = statSync(program);
  t.diagnostic(`moat: ${size} bytes`);
  assert.ok(size <= 640 * KB, `${size} bytes`);
  const home = await homeOf(t, 'amd64-musl');
  await signIn(home);
  home.program = '/usr/bin/time';
  const { code, err } = await home.run(['-f', 'peak %M KB', program, 'refresh', home.name]);
  assert.equal(code, 0, err);
  const [, peak] = err.match(/peak (\d+) KB/);
  t.diagnostic(`peak memory of a refresh: ${peak} KB`);
  assert.ok(Number(peak) <= 2 * KB, `${peak} KB`);
});

test('a refresh alone, TLS 1.2: static, within 235 KB', (t) => {
  const { size } = statSync(`${at}/amd64-musl-gateway_tls12/examples/blocking`);
  t.diagnostic(`blocking: ${size} bytes`);
  assert.ok(size <= 235 * KB, `${size} bytes`);
});

test('a big-endian program is among them', () => {
  const header = execFileSync('readelf', ['-h', `${at}/mips/moat`], { encoding: 'utf8' });
  assert.match(header, /big endian/);
  assert.ok(existsSync(`${at}/mipsel/moat`));
});
