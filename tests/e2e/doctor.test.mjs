// moat doctor: what it finds, what it says to do, its exit status, and that it leaves all as it is.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, copyFileSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Home, age, assertTerminalSafe, exit, signedIn } from './lab/moat.mjs';
import { certs } from './lab/paths.mjs';
import { signIn } from './lab/person.mjs';
import { hidden, scriptedProxy } from './lab/proxies.mjs';
import { aadsts, answering, json, serve } from './lab/scripted.mjs';
import { startLab } from './lab/server.mjs';

const DAY = 86400;
const date = (days) => new Date(Date.now() + days * DAY * 1000).toISOString().slice(0, 10);

/** All below the home, as it is. */
function snapshot(dir) {
  return readdirSync(dir, { withFileTypes: true, recursive: true }).map((entry) => {
    const path = `${entry.parentPath ?? entry.path}/${entry.name}`;
    const { mode, ino, size, mtimeMs, ctimeMs } = lstatSync(path);
    return [path, mode, ino, size, mtimeMs, ctimeMs].join(' ');
  }).sort().join('\n');
}

/** The findings, by check. The exit status has to be this one, and nothing may change. */
async function look(home, code, options = {}) {
  const before = snapshot(home.dir);
  const { out, err } = await home.expect(code, 'doctor', ['--json'], options);
  assert.equal(err, '');
  assert.equal(snapshot(home.dir), before, 'it changed something');
  const found = JSON.parse(out);
  for (const { check, level, text, advice } of found) {
    assert.match(level, /^(ok|warning|problem)$/);
    assert.ok(check && text, out);
    if (level !== 'ok') assert.ok(advice, `${check} does not say what to do: ${text}`);
  }
  return Object.assign(new Map(found.map((finding) => [finding.check, finding])), { out, all: found });
}

/** The one check that is not well, its level, and what it says. */
async function expectOne(home, code, check, level, pattern, options) {
  const found = await look(home, code, options);
  assert.deepEqual(found.all.filter((each) => each.level !== 'ok').map((each) => `${each.check}: ${each.level}`), [`${check}: ${level}`], found.out);
  const { text, advice } = found.get(check);
  assert.match(`${text}\n${advice}`, pattern);
  return found;
}

/** No line is over 80 columns, unless it is a single word. */
function assertNarrow(text) {
  for (const line of text.split('\n')) assert.ok(line.length <= 80 || !line.slice(24).includes(' '), line);
}

const way = ['proxy', 'name', 'connection', 'tls', 'certificate', 'root in use'];

test('all is well: each thing is looked at, nothing is asked for and nothing changes', async (t) => {
  const lab = await startLab();
  t.after(() => lab.stop());
  const home = new Home(t);
  await home.init(lab, { scope: 'openid offline_access files.read', more: ['--secret-expires', date(200), '--device-url', lab.deviceUrl] });
  const { url } = await home.url();
  const { err } = await home.ok('exchange', [], { input: await signIn(url) });
  assert.equal(err.includes('problem'), false);
  for (const args of [['export', 'drive', '--format', 'json', '-o', `${home.dir}/out`], ['set', 'drive', 'keep_days=2'], ['refresh', 'drive'], ['keep']]) await home.run(args);
  const { asked } = lab;
  lab.handshakes.length = 0;
  const found = await look(home, exit.done);
  assert.deepEqual(found.all.map(({ check }) => check), ['clock', 'profile', 'files', 'grant', 'last answer', 'client secret', 'secret file', 'secret expiry', 'leftovers', 'roots', ...way]);
  assert.deepEqual(found.all.filter(({ level }) => level !== 'ok'), []);
  assert.match(found.get('grant').text, /^signed in as alice@example\.com, since \d{4}-/);
  assert.match(found.get('last answer').text, /^refresh at \S+: good$/);
  assert.match(found.get('secret expiry').text, /^it ends on .*, in (199|200) days$/);
  assert.match(found.get('roots').text, /roots\.pem; the first ends on \d{4}-\d\d-\d\d, in \d+ days$/);
  assert.match(found.get('tls').text, /^TLS 1\.[23]$/);
  assert.match(found.get('certificate').text, /^CN=localhost, ends on \d{4}-\d\d-\d\d, in \d+ days$/);
  assert.match(found.get('root in use').text, /^CN=Lab Root, ends on \d{4}-/);
  assert.deepEqual(lab.handshakes.map(({ resumed }) => resumed), [false]); // the one server has both URLs
  assert.equal(lab.asked, asked);

  for (const args of [[], ['--json']]) {
    const { code, err } = await home.run(['-c', '"$0" doctor drive "$@" > /dev/full', home.program, ...args], { program: '/bin/sh' });
    assert.equal(code, exit.failed);
    assert.match(err, /^moat: cannot write to standard output: No space left on device\n {2}\S/);
  }
  const { out } = await home.ok('doctor');
  assertTerminalSafe(out);
  assert.match(out, /^ok {7}clock {10}\d{4}-/);
  assert.deepEqual([...out.matchAll(/^(ok|warning|problem) +(.*?)  /gm)].map(([, , check]) => check), found.all.map(({ check }) => check));
  assertNarrow(out);
  const stored = JSON.parse((await home.ok('export', ['--format', 'json'])).out);
  for (const secret of [stored.refresh_token, stored.access_token, stored.client_secret]) assert.ok(!(out + found.out).includes(secret));
});

test('before the sign-in, and without a profile that can be read', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  let found = await look(home, exit.profile);
  assert.deepEqual(found.all.map(({ check, level }) => [check, level]), [['clock', 'ok'], ['profile', 'problem']]);
  await home.init(server);
  rmSync(home.state, { recursive: true, force: true });
  found = await expectOne(home, exit.signIn, 'grant', 'problem', /nobody has signed in for drive yet\nRun: moat login drive$/m);
  assert.deepEqual(found.all.map(({ check }) => check), ['clock', 'profile', 'files', 'grant', 'client secret', 'secret file', 'roots', ...way]);
  assert.equal(server.requests.length, 0);
  appendFileSync(home.profile, 'nonsense\n');
  found = await look(home, exit.profile);
  assert.match(found.get('profile').text, /drive\.conf:\d+: this is not `key = value`/);
  const { out } = await home.expect(exit.profile, 'doctor');
  assert.match(out, /^problem {2}profile {8}\S+: this is not [^]*?\n {2}\S/m);
  assertNarrow(out);
});

test('what is wrong on this machine', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const text = readFileSync(home.profile, 'utf8');
  const profile = (change) => writeFileSync(home.profile, change(text));
  const secretFile = `${home.dir}/the-secret`;
  server.requests.length = 0;

  chmodSync(home.state, 0o777);
  let found = await look(home, exit.profile);
  assert.match(found.get('files').text, /others can write to the folder/);
  assert.ok(found.has('tls'));
  chmodSync(home.state, 0o700);
  chmodSync(`${home.state}/history`, 0o644);
  await expectOne(home, exit.profile, 'files', 'problem', /history can be read or changed by others\n.*chmod 600/);
  chmodSync(`${home.state}/history`, 0o600);
  if (process.getuid() === 0) {
    chownSync(`${home.state}/history`, 65534, 65534);
    found = await look(home, exit.profile);
    assert.match(found.get('files').text, /history belongs to user 65534/);
    chownSync(`${home.state}/history`, 0, 0);
    chownSync(`${home.state}/lock`, 65534, 65534);
    await expectOne(home, exit.profile, 'files', 'problem', /lock belongs to user 65534/);
    chownSync(`${home.state}/lock`, 0, 0);
  }
  // A sign-in brings no secret: what is wrong with that is mended by a new one.
  await home.ok('secret', [], { input: 'S3cret~web.post_1-x\n' });
  const secret = `${home.state}/secret`;
  const files = async () => Object.values((await look(home, exit.profile)).get('files')).join('\n');
  chmodSync(secret, 0o644);
  assert.match(await files(), /secret can be read or changed by others\n[^]*moat secret drive/);
  chmodSync(secret, 0o600);
  renameSync(secret, `${home.dir}/kept`);
  symlinkSync(`${home.dir}/kept`, secret);
  assert.match(await files(), /secret is a link[^]*moat secret drive/);
  unlinkSync(secret);
  assert.match((await look(home, exit.profile)).get('client secret').advice, /`moat secret`/);
  renameSync(`${home.dir}/kept`, secret);
  await home.ok('secret', [secretFile]);
  for (const name of ['history', 'grant.b']) {
    renameSync(`${home.state}/${name}`, `${home.dir}/kept`);
    mkdirSync(`${home.state}/${name}`, 0o700);
    found = await look(home, exit.profile);
    assert.match(found.get('files').text, new RegExp(`${name} is not a regular file`));
    rmdirSync(`${home.state}/${name}`);
    renameSync(`${home.dir}/kept`, `${home.state}/${name}`);
  }

  chmodSync(secretFile, 0o644);
  await expectOne(home, exit.done, 'secret file', 'warning', /others may read .*the-secret/);
  chmodSync(secretFile, 0o600);
  unlinkSync(secretFile);
  await expectOne(home, exit.profile, 'client secret', 'problem', /the-secret/);
  home.secretFile('S3cret~web.post_1-x');
  profile((all) => all.replace(/^# secret_expires =.*/m, `secret_expires = ${date(10)}`));
  await expectOne(home, exit.done, 'secret expiry', 'warning', /^the client secret expires on .*in (9|10) days\n[^]*moat secret drive/);
  profile((all) => all.replace(/^# secret_expires =.*/m, `secret_expires = ${date(-3)}`));
  await expectOne(home, exit.profile, 'secret expiry', 'problem', /EXPIRED on .*ago/);
  chmodSync(secretFile, 0o644); // and a warning does not hide it
  writeFileSync(secretFile, '"S3cret~web.post_1-x"');
  found = await look(home, exit.profile);
  assert.deepEqual(['client secret', 'secret file', 'secret expiry'].map((check) => found.get(check).level), ['warning', 'warning', 'problem']);
  rmSync(secretFile);
  found = await look(home, exit.profile);
  assert.deepEqual(['client secret', 'secret expiry'].map((check) => found.get(check).level), ['problem', 'problem']);
  home.secretFile('S3cret~web.post_1-x');
  profile((all) => all);

  writeFileSync(`${home.state}/temp.0123`, '', { mode: 0o600 });
  await expectOne(home, exit.done, 'leftovers', 'warning', /temp\.0123 is not finished/);
  writeFileSync(`${home.state}/notes`, '', { mode: 0o600 });
  await expectOne(home, exit.done, 'leftovers', 'warning', /has 1 more/);
  rmSync(`${home.state}/temp.0123`);
  await expectOne(home, exit.done, 'leftovers', 'warning', /notes is no file of Moat's/);
  rmSync(`${home.state}/notes`);
  writeFileSync(`${home.dir}/.drive.new`, '', { mode: 0o600 });
  await expectOne(home, exit.done, 'leftovers', 'warning', /a change of the profile was interrupted\n.*moat status drive/);
  rmSync(`${home.dir}/.drive.new`);

  for (const [path, pattern] of [['/nowhere/ca.pem', /cannot read the roots of trust in \/nowhere/], [home.profile, /no certificate in PEM/]]) {
    profile((all) => all.replace(/^ca = .*/m, `ca = ${path}`));
    found = await expectOne(home, exit.profile, 'roots', 'problem', pattern);
    assert.equal(found.has('name'), false);
    assert.match(found.get('roots').advice, /moat set NAME ca=FILE/);
  }
  profile((all) => all.replace(/^ca = .*/m, '# ca ='));
  found = await look(home, exit.done, { env: { ...home.env, SSL_CERT_FILE: `${certs}/roots.pem` } });
  assert.match(found.get('roots').text, /^\d+ in \S+roots\.pem, by \$SSL_CERT_FILE$/);
  assert.equal(server.requests.length, 0);
});

/** The finding about the files, for the owner of all of them, who is not root and may not do all. */
async function filesOfUser(home) {
  const copy = `${home.dir}/moat`; // where an ordinary user may run it
  const isRoot = process.getuid() === 0;
  if (isRoot) copyFileSync(home.program, copy);
  if (isRoot) for (const path of [home.dir, ...readdirSync(home.dir, { recursive: true }).map((name) => `${home.dir}/${name}`)]) chownSync(path, 65534, 65534);
  const words = ['doctor', 'drive', '--json'];
  const { code, out } = await (isRoot ? home.run(['--reuid=65534', '--regid=65534', '--clear-groups', copy, ...words], { program: 'setpriv' }) : home.run(words));
  assert.notEqual(code, exit.done);
  return JSON.parse(out).find(({ check }) => check === 'files');
}

test('files that their owner cannot use', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const expect = async (path, mode, pattern) => {
    const { mode: before } = lstatSync(path);
    chmodSync(path, mode);
    const { level, text, advice } = await filesOfUser(home);
    assert.equal(level, 'problem', text);
    assert.match(`${text}\n${advice}`, pattern);
    chmodSync(path, before);
  };
  await expect(home.state, 0o500, /drive cannot be read and written: Permission denied\n.*chmod u\+rwx/);
  await expect(`${home.state}/lock`, 0o400, /lock cannot be read and written: Permission denied\n.*chmod u\+rw /);
  await expect(`${home.state}/grant.a`, 0o200, /grant\.a cannot be read/);
  rmSync(home.state, { recursive: true });
  await expect(home.dir, 0o555, /the folder \S+drive cannot be made: Permission denied\n.*MOAT_HOME/);
});

test('the clock, and the days of a grant that nobody refreshes', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  writeFileSync(home.profile, readFileSync(home.profile, 'utf8').replace('provider = custom', 'provider = entra'));
  const found = await look(home, exit.done);
  assert.match(found.get('idle limit').text, /^without a refresh the grant ends on .*, in (89|90) days$/);
  age(home, 80 * DAY);
  await expectOne(home, exit.done, 'idle limit', 'warning', /a grant that nobody refreshes ends on .* in (9|10) days\n.*90 days more/);
  age(home, 15 * DAY);
  await expectOne(home, exit.signIn, 'idle limit', 'problem', /ended on .* ago/);
  age(home, -100 * DAY);
  const all = await look(home, exit.done);
  assert.deepEqual(all.all.filter(({ level }) => level !== 'ok').map(({ check, text }) => `${check}: ${text.slice(0, 23)}`), ['clock: the last refresh was at']);
});

test('what the provider said last', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const id = '00000000-0000-4000-8000-000000000000';
  server.play({ script: answering(aadsts(7000215, 'invalid_client', '401 Unauthorized')) });
  await home.expect(exit.profile, 'refresh');
  server.requests.length = 0;
  let found = await look(home, exit.profile);
  assert.match(found.get('last answer').text, /^refresh at \S+: invalid_client 7000215, HTTP 401$/);
  assert.match(found.get('last answer').advice, new RegExp(`^The client secret is wrong[^]*${id}[^]*moat history drive$`));
  assert.equal(found.get('last answer').level, 'problem');
  assert.match(found.get('grant').text, /^the server is not asked for another \d+ s$/);
  assert.equal(found.get('grant').level, 'warning');
  assert.equal(server.requests.length, 0);

  server.play({ script: answering(json({ error: 'unauthorized_client' }, '400 No')) });
  const exchange = async () => home.call('exchange', [], { input: (await home.redirect()).redirect });
  await exchange();
  found = await look(home, exit.profile);
  assert.match(found.get('last answer').text, /^exchange at \S+: unauthorized_client, HTTP 400$/);
  assert.match(found.get('last answer').advice, /^The registration does not allow this grant/);
  server.play({ script: answering(aadsts(7000215, 'invalid_client', '401 Unauthorized')) });
  await exchange();
  found = await look(home, exit.profile);
  assert.match(found.get('last answer').text, /^exchange at \S+: invalid_client 7000215, HTTP 401$/);
  assert.match(found.get('last answer').advice, /^The client secret is wrong/); // as Entra's number says

  // A person who has corrected it since is not told to do so.
  const isChanged = async () => {
    found = await look(home, exit.done);
    assert.equal(found.get('last answer').level, 'warning');
    assert.match(found.get('last answer').advice, /^Since then the profile or one of its files was changed\. To try it: moat login drive$/m);
  };
  await home.ok('set', ['keep_days=3']);
  await isChanged();
  await exchange();
  assert.equal((await look(home, exit.profile)).get('last answer').level, 'problem');
  home.secretFile('An0ther~secret-of-the-owner');
  await isChanged();

  server.play({ script: answering(json({ error: 'invalid_grant' }, '400 No')) });
  await home.expect(exit.signIn, 'refresh');
  found = await look(home, exit.signIn);
  assert.match(found.get('grant').text, /^the provider has ended the grant, as was found at \d{4}-/);
  assert.match(found.get('grant').advice, /Sign in again: moat login drive$/);
  assert.equal(found.get('last answer').level, 'warning');
  writeFileSync(home.profile, `${readFileSync(home.profile, 'utf8')}secret_expires = ${date(-3)}\n`.replace('# secret_expires =\n', ''));
  await look(home, exit.profile); // 5 comes before 3
});

test('a certificate or its key that was replaced since the last answer', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const [chain, key] = ['chain.pem', 'key'].map((end) => `${home.dir}/${end}`);
  const put = { [chain]: () => copyFileSync(`${certs}/client-ec.chain.pem`, chain), [key]: () => copyFileSync(`${certs}/client-ec.key`, key) };
  for (const file in put) put[file]();
  await home.ok('set', [`client_certificate=${chain}`, `client_key=${key}`]);
  server.play({ script: answering(json({ error: 'invalid_client' }, '401 Unauthorized')) });
  for (const file in put) {
    await home.expect(exit.profile, 'refresh');
    await look(home, exit.profile);
    put[file]();
    const found = await look(home, exit.done);
    assert.match(found.get('last answer').advice, /Since then the profile or one of its files was changed/, file);
  }
});

/** A root with a leaf, each for so many days. */
function shortLived(dir, root, leaf) {
  const openssl = (...args) => execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'root.key', '-out', 'root.pem', '-days', root, '-subj', '/CN=Short Root');
  openssl('req', ...key, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=localhost');
  writeFileSync(`${dir}/leaf.ext`, 'subjectAltName=DNS:localhost\n');
  openssl('x509', '-req', '-in', 'leaf.csr', '-CA', 'root.pem', '-CAkey', 'root.key', '-CAcreateserial', '-days', leaf, '-extfile', 'leaf.ext', '-out', 'leaf.pem');
  return { key: readFileSync(`${dir}/leaf.key`), cert: readFileSync(`${dir}/leaf.pem`) };
}

test('certificates and roots that end soon, or have ended', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const text = readFileSync(home.profile, 'utf8');
  const ca = (path) => writeFileSync(home.profile, text.replace(/^ca = .*/m, path ? `ca = ${path}` : '# ca ='));
  server.play({ tls: shortLived(home.dir, '20', '3') });
  const faults = (found) => found.all.filter(({ level }) => level !== 'ok').map(({ check, level }) => `${check}: ${level}`);
  ca(`${home.dir}/root.pem`);
  let found = await look(home, exit.done);
  assert.deepEqual(faults(found), ['roots: warning', 'certificate: warning', 'root in use: warning']);
  assert.match(found.get('certificate').text, /^it ends on \S+ in [23] days$/);
  assert.match(found.get('certificate').advice, /^Whoever runs localhost has to renew it/);
  assert.match(found.get('root in use').text, /^it ends on \S+ in (19|20) days$/);
  assert.match(found.get('root in use').advice, /into \S+root\.pem/);
  ca('');
  found = await look(home, exit.done, { env: { ...home.env, SSL_CERT_FILE: `${home.dir}/root.pem` } });
  assert.deepEqual(faults(found), ['certificate: warning', 'root in use: warning']);
  assert.match(found.get('root in use').advice, /the package ca-certificates/);

  server.play({});
  const over = `${home.dir}/over.pem`;
  copyFileSync(`${certs}/inter-old.crt`, over);
  writeFileSync(`${home.dir}/both.pem`, readFileSync(`${certs}/roots.pem`, 'utf8') + readFileSync(over, 'utf8'), { mode: 0o644 });
  ca(`${home.dir}/both.pem`);
  await expectOne(home, exit.done, 'ended roots', 'warning', /^1 of \d+ in \S+both\.pem has ended\nPut those that follow/);
  ca(over);
  found = await look(home, exit.profile);
  assert.match(found.get('ended roots').text, /^1 of 1 in \S+ has ended$/);
  assert.equal(found.get('ended roots').level, 'problem');
});

test('the way to the server', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const text = readFileSync(home.profile, 'utf8');
  const profile = (...pairs) => writeFileSync(home.profile, pairs.reduce((all, [key, value]) => all.replace(new RegExp(`^(# )?${key} =.*`, 'm'), `${key} = ${value}`), text));
  server.requests.length = 0;
  const checks = (found) => found.all.map(({ check }) => check).slice(-way.length);
  const until = (found, last) => assert.deepEqual(found.all.map(({ check }) => check).slice(found.all.findIndex(({ check }) => check === 'proxy')), way.slice(0, way.indexOf(last) + 1));

  server.play({ cert: 'expired' });
  until(await expectOne(home, exit.later, 'tls', 'problem', /the certificate of localhost was refused: it has expired/), 'tls');
  server.play({ cert: 'unknownca' });
  until(await expectOne(home, exit.profile, 'tls', 'problem', /the certificate of localhost was refused/), 'tls');
  server.play({ plain: true, script: async (connection) => { await connection.bytes(); await connection.write('HTTP/1.1 400 No\r\n\r\n'); connection.end(); } });
  until(await expectOne(home, exit.later, 'tls', 'problem', /what it sent is not TLS/), 'tls');
  server.play({ plain: true, script: (connection) => connection.stay() });
  const before = await home.expect(exit.later, 'doctor', ['--timeout', '1']);
  assert.match(before.out, /^ok {7}connection [^]*^problem {2}tls .*no complete answer within the time\s+allowed\n {2}The limit was 1 s/m);
  const other = await serve(t);
  profile(['device_url', `https://localhost:${other.port}/d`]);
  let child;
  server.play({ plain: true, script: (connection) => { process.kill(child.pid, 'SIGINT'); return connection.stay(); } });
  child = home.start(['doctor', 'drive', '--json']);
  const { signal, out } = await child.finished;
  assert.equal(signal, 'SIGINT');
  const ended = JSON.parse(out).at(-1);
  assert.deepEqual([ended.check, ended.level, ended.text], ['tls', 'problem', 'cancelled']);
  assert.match(ended.advice, /Nothing was sent, and nothing was changed/);
  assert.equal(other.accepted, 0);
  writeFileSync(home.profile, text);
  server.play({});

  const proxy = await scriptedProxy(t);
  profile(['proxy', proxy.url]);
  let found = await look(home, exit.done);
  assert.deepEqual(checks(found), way);
  assert.match(found.get('proxy').text, new RegExp(`^127\\.0\\.0\\.1 port ${proxy.port}, from --proxy or the profile$`));
  assert.equal(found.get('name').text, 'the proxy finds localhost');
  assert.match(found.get('connection').text, /, through the proxy$/);
  const refusing = await scriptedProxy(t, () => 'HTTP/1.1 403 No\r\n\r\n');
  profile(['proxy', refusing.url]);
  const unknown = async (code, pattern) => {
    const all = await expectOne(home, code, 'connection', 'problem', pattern);
    assert.deepEqual(all.all.map(({ check }) => check).slice(-2), ['proxy', 'connection']); // who knows whether it finds the name
  };
  await unknown(exit.profile, /refuses to connect to localhost/);
  const portal = await scriptedProxy(t, () => 'HTTP/1.1 200 OK\r\n\r\n<html>sign in</html>');
  profile(['proxy', portal.url]);
  await unknown(exit.profile, /something else answered/);
  const dead = await serve(t);
  dead.close();
  profile(['proxy', `http://127.0.0.1:${dead.port}`]);
  await unknown(exit.later, /cannot connect to the proxy/);
  writeFileSync(home.profile, text);
  until(await expectOne(home, exit.profile, 'proxy', 'problem', /the proxy that https_proxy names cannot be used/, { env: { ...home.env, https_proxy: 'socks5://x:1' } }), 'proxy');

  profile(['device_url', `https://localhost:${other.port}/d`]);
  found = await look(home, exit.done);
  assert.deepEqual(found.all.map(({ check }) => check).slice(-way.length * 2 + 1), [...way, ...way.slice(1)]);
  other.close();
  found = await look(home, exit.later);
  assert.match(found.get('connection').text, new RegExp(`cannot connect to localhost port ${other.port}`));
  profile(['device_url', `https://${hidden}/d`]);
  found = await look(home, exit.later);
  assert.match(found.get('name').text, /cannot resolve only-the-proxy\.knows\.test port 443/);
  assert.equal(server.requests.length + other.requests.length, 0);
  assert.equal(server.bytes + other.bytes > 0, true); // of the sign-in alone
});
