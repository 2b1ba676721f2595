// The order of the roots of trust: the profile's, those that the environment names, the system's.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, linkSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Home, assertClear, exit, signedIn } from './lab/moat.mjs';
import { certs, roots } from './lab/paths.mjs';
import { signIn } from './lab/person.mjs';
import { serve } from './lab/scripted.mjs';
import { startLab } from './lab/server.mjs';

const other = `${certs}/root-unknown.crt`; // vouches for nothing here
const untrusted = /certificate of localhost was refused/;

/** The profile of a signed-in home without `ca`. */
async function withoutCa(t, server) {
  const home = server ? new Home(t) : await signedIn(t, await serve(t));
  if (server) await home.init(server);
  const text = readFileSync(home.profile, 'utf8');
  writeFileSync(home.profile, text.replace(/^ca = .*$/m, '# ca ='));
  return home;
}

const env = (home, more) => ({ env: { ...home.env, ...more } });

/** A folder with these files, and links to them as `openssl rehash` makes them. */
function folder(home, name, files) {
  const dir = `${home.dir}/${name}`;
  mkdirSync(dir);
  for (const file of files) copyFileSync(file, `${dir}/${file.split('/').pop().replace('.crt', '.pem')}`);
  execFileSync('openssl', ['rehash', '-compat', dir]); // two links to each file
  return dir;
}

test('the profile comes first, then SSL_CERT_FILE, then SSL_CERT_DIR, then the system', async (t) => {
  const home = await withoutCa(t);
  const good = folder(home, 'good', [`${certs}/root.crt`]), bad = folder(home, 'bad', [other]);
  const refused = async (more, args = []) => assertClear(await home.expect(exit.profile, 'refresh', args, env(home, more)), untrusted);
  await home.ok('refresh', [], env(home, { SSL_CERT_FILE: roots, SSL_CERT_DIR: bad }));
  await refused({ SSL_CERT_FILE: other, SSL_CERT_DIR: good });
  await home.ok('refresh', [], env(home, { SSL_CERT_FILE: '', SSL_CERT_DIR: good }));
  await home.ok('refresh', [], env(home, { SSL_CERT_DIR: `${bad}::/nowhere:${good}` }));
  await refused({ SSL_CERT_DIR: bad });
  await home.ok('refresh', ['--ca', roots], env(home, { SSL_CERT_FILE: other, SSL_CERT_DIR: bad }));
  await refused({ SSL_CERT_FILE: roots, SSL_CERT_DIR: good }, ['--ca', other]);
});

test('what is named counts even where it is of no use', async (t) => {
  const home = await withoutCa(t);
  const empty = `${home.dir}/empty`, odd = `${home.dir}/odd`;
  mkdirSync(empty);
  mkdirSync(odd);
  const root = `${certs}/root.crt`;
  for (const name of ['root.pem', '0a1b2c3d', '0a1b2c3d.', '0a1b2c3d.r0', '0A1B2C3D.0', '0a1b2c3.0', '0a1b2c3d4.0', '0a1b2c3d.0x', 'x0a1b2c3d.0']) copyFileSync(root, `${odd}/${name}`);
  symlinkSync('/nowhere/at/all', `${odd}/00000000.0`);
  mkdirSync(`${odd}/00000000.1`);
  const said = async (more, why) => assertClear(await home.expect(exit.profile, 'refresh', [], env(home, { SSL_CERT_DIR: odd, ...more })), why);
  await said({ SSL_CERT_FILE: '/nowhere/roots.pem' }, /cannot read the roots of trust in \/nowhere\/roots\.pem: No such file[^]*It is \$SSL_CERT_FILE/);
  await said({ SSL_CERT_FILE: home.profile }, /no certificate in PEM that can be used[^]*It is \$SSL_CERT_FILE/);
  for (const SSL_CERT_DIR of [empty, odd, '/nowhere', ':', home.profile]) await said({ SSL_CERT_DIR }, /there is no certificate with a name like 0a1b2c3d\.0[^]*\$SSL_CERT_DIR/);
  writeFileSync(`${odd}/0a1b2c3d.0`, 'not a certificate');
  await said({}, /no certificate in PEM that can be used/);
  copyFileSync(root, `${odd}/0a1b2c3d.12`);
  await home.ok('refresh', [], env(home, { SSL_CERT_DIR: odd }));
});

test('a file with many names is read once', async (t) => {
  const home = await withoutCa(t);
  const dir = `${home.dir}/many`;
  mkdirSync(dir);
  copyFileSync(`${certs}/root.crt`, `${dir}/root.pem`);
  for (let i = 0; i < 1500; i += 1) (i % 2 ? linkSync : symlinkSync)(`${dir}/root.pem`, `${dir}/0a1b2c3d.${i}`);
  await home.ok('refresh', [], env(home, { SSL_CERT_DIR: dir }));
});

test('a session is resumed while the folders are as they were', async (t) => {
  const lab = await startLab();
  t.after(() => lab.stop());
  const home = await withoutCa(t, lab);
  const dir = folder(home, 'roots', [`${certs}/root.crt`, `${certs}/root-ec.crt`]);
  const { url } = await home.url();
  const redirect = await signIn(url);
  await home.ok('exchange', [], { ...env(home, { SSL_CERT_DIR: dir }), input: `${redirect}\n` });
  const resumed = async () => {
    lab.handshakes.length = 0;
    await home.ok('refresh', [], env(home, { SSL_CERT_DIR: dir }));
    return lab.handshakes[0].resumed;
  };
  assert.equal(await resumed(), true);
  copyFileSync(other, `${dir}/ffffffff.0`);
  assert.equal(await resumed(), false);
  assert.equal(await resumed(), true);
  unlinkSync(`${dir}/ffffffff.0`);
  assert.equal(await resumed(), false);
});

test('a program with the rights of another user takes no roots from the environment', { skip: process.getuid() !== 0 && 'only root can make one' }, async (t) => {
  const home = await withoutCa(t);
  const copy = `${home.dir}/moat-setgid`;
  copyFileSync(home.program, copy);
  chmodSync(copy, 0o755);
  home.program = copy;
  await home.ok('refresh', [], env(home, { SSL_CERT_FILE: roots }));
  execFileSync('chown', ['0:65534', copy]);
  chmodSync(copy, 0o2755);
  await home.expect(exit.profile, 'refresh', [], env(home, { SSL_CERT_FILE: roots }));
});
