// Profiles that are there: `moat list`, `set`, `secret`, `init --force`, `remove` and `logout`.
import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { Home, assertClear, exit, onTerminal, signedIn, terminal } from './lab/moat.mjs';
import { answering, json, serve, tokens } from './lab/scripted.mjs';

const listed = async (home) => JSON.parse((await home.run(['list', '--json'])).out);

test('list: a home without profiles, and one that is not there', async (t) => {
  const home = new Home(t);
  for (const dir of [home.dir, `${home.dir}/none`]) {
    home.env.MOAT_HOME = dir;
    const { code, out, err } = await home.run(['list']);
    assert.equal(code, exit.done);
    assert.equal(out, '');
    assert.match(err, /moat init/);
    assert.deepEqual(await listed(home), []);
  }
  assert.deepEqual(home.files(), []);
});

test('list: each profile has a line, one that is wrong as well', async (t) => {
  const home = await signedIn(t, await serve(t), { more: ['--secret-expires', '2099-12-31'] });
  await home.run(['init', 'another', '--provider', 'github', '--client-id', 'app', '--auth', 'none']);
  writeFileSync(`${home.dir}/wrong.conf`, 'no pair\n', { mode: 0o600 });
  writeFileSync(`${home.dir}/no name.conf`, '', { mode: 0o600 });
  const before = home.files();
  const { code, out, err } = await home.run(['list']);
  assert.equal(code, exit.done);
  assert.deepEqual(out.trimEnd().split('\n').map((line) => line.split(/ {2,}/)), [
    ['another', 'github', 'signed out'],
    ['drive', 'custom', 'signed in', 'client secret ends 2099-12-31'],
    ['wrong', '-', 'not readable'],
  ]);
  const long = 'x'.repeat(64);
  const text = readFileSync(home.profile);
  writeFileSync(`${home.dir}/${long}.conf`, text, { mode: 0o600 });
  assert.equal((await home.run(['list'])).out.split('\n').filter((line) => !line.startsWith(long)).join('\n'), out, 'a long name moves only its own line');
  rmSync(`${home.dir}/${long}.conf`);
  rmSync(`${home.dir}/${long}`, { recursive: true, force: true });
  assertClear({ err }, /wrong\.conf:1: this is not `key = value`/);
  const objects = await listed(home);
  assert.deepEqual(objects.map(({ name, provider, signed_in, grant }) => [name, provider, signed_in, grant]), [
    ['another', 'github', false, 'none'],
    ['drive', 'custom', true, 'stored'],
    ['wrong', null, false, null],
  ]);
  assert.deepEqual(objects.map(({ deadline, deadline_of }) => [deadline, deadline_of]), [
    [null, null],
    ['2099-12-31T00:00:00Z', 'client secret'],
    [null, null],
  ]);
  assert.deepEqual(objects.map(({ problem }) => problem !== ''), [false, false, true]);
  assert.deepEqual(home.files(), before, 'nothing was written');
  assert.equal((await home.run(['list', 'drive'])).code, exit.misuse);
});

test('list: an access token that nothing can renew has an end', async (t) => {
  const server = await serve(t);
  server.script = answering(json(tokens({ refresh_token: undefined, expires_in: 86400 })));
  const home = await signedIn(t, server);
  const [{ deadline, deadline_of }] = await listed(home);
  assert.equal(deadline_of, 'access token');
  assert.ok(Math.abs(new Date(deadline) - Date.now() - 86400000) < 3600000, deadline);
});

test('list: a grant that nobody refreshes has an end where the provider has one', async (t) => {
  const home = await signedIn(t, await serve(t));
  writeFileSync(home.profile, readFileSync(home.profile, 'utf8').replace('provider = custom', 'provider = google'));
  const [{ deadline, deadline_of }] = await listed(home);
  assert.equal(deadline_of, 'unused grant');
  const days = (new Date(deadline) - Date.now()) / 86400000;
  assert.ok(days > 178 && days <= 180, deadline);
});

test('list and status with 1,000 profiles take 2 s at most', async (t) => {
  const home = await signedIn(t, await serve(t));
  for (let i = 0; i < 999; i += 1) {
    copyFileSync(home.profile, `${home.dir}/p${i}.conf`);
    chmodSync(`${home.dir}/p${i}.conf`, 0o600);
    cpSync(home.state, `${home.dir}/p${i}`, { recursive: true });
  }
  // The best of three: other programs may have the processors meanwhile.
  const best = async (args, look) => {
    let least = Infinity;
    for (let i = 0; i < 3; i += 1) {
      const start = performance.now();
      const { code, out } = await home.run(args);
      least = Math.min(least, performance.now() - start);
      assert.equal(code, exit.done);
      look(out);
    }
    t.diagnostic(`${args.join(' ')}: ${Math.round(least)} ms`);
    assert.ok(least <= 2000, `${args.join(' ')} took ${least} ms`);
  };
  await best(['list'], (out) => assert.equal(out.match(/^\S+ +custom +signed in$/gm).length, 1000));
  await best(['list', '--json'], (out) => assert.equal(JSON.parse(out).length, 1000));
  await best(['status', 'p500'], (out) => assert.match(out, /signed in/));
});

// ---- set

/** The text of a profile, and what `moat set` makes of it. */
async function set(home, pairs, code = exit.done) {
  return home.expect(code, 'set', pairs);
}

test('set: the value changes, and all else in the file stays', async (t) => {
  const home = await signedIn(t, await serve(t));
  const text = readFileSync(home.profile, 'utf8').replace(/^scope = .*$/m, 'scope=one   two'.replace('   ', ' '));
  const mine = `# my own comment: scope = old\n${text}\n  #   tail`;
  for (const [wrap, eol] of [['', '\n'], ['\ufeff', '\r\n']]) {
    const before = wrap + mine.replaceAll('\n', eol);
    writeFileSync(home.profile, before);
    const { out } = await set(home, ['scope=three', 'issuer=https://as.test/', 'ca=']);
    assert.match(out, /^ {2}scope: one two -> three\n {2}issuer: \(none\) -> https:\/\/as\.test\/\n {2}ca: \S+ -> \(none\)$/m);
    const wanted = before
      .replace('scope=one two', 'scope = three')
      .replace('# issuer =', 'issuer = https://as.test/')
      .replace(/^ca = .*?(\r?)$/m, '# ca =$1');
    assert.equal(readFileSync(home.profile, 'utf8'), wanted);
  }
  assert.equal(statSync(home.profile).mode & 0o777, 0o600);
  assert.equal((await home.status()).grant, 'stored');
});

test('set: a key that has no line gets one at the end', async (t) => {
  const home = new Home(t);
  writeFileSync(home.profile, 'client_id = app\nauth = none', { mode: 0o600 });
  await set(home, ['shared=yes', 'tenant=contoso.test']);
  assert.equal(
    readFileSync(home.profile, 'utf8'),
    'client_id = app\nauth = none\ntenant = contoso.test\nshared = yes\n',
  );
});

test('set: export may come more than once', async (t) => {
  const home = new Home(t);
  await home.ok('init', ['--client-id', 'app', '--auth', 'none']);
  const lines = () => readFileSync(home.profile, 'utf8').match(/^(# )?export =.*$/gm);
  await set(home, ['export=env:/a', 'export=json:/b']);
  assert.deepEqual(lines(), ['export = env:/a', 'export = json:/b']);
  assert.match((await set(home, ['export=json:/c'])).out, /export: env:\/a json:\/b -> json:\/c/);
  assert.deepEqual(lines(), ['export = json:/c']);
  await set(home, ['export=']);
  assert.deepEqual(lines(), ['# export =']);
});

test('set: a credential of systemd need not be there yet', async (t) => {
  const home = await signedIn(t, await serve(t));
  await set(home, ['secret_file=$CREDENTIALS_DIRECTORY/id']);
  assert.match(readFileSync(home.profile, 'utf8'), /^secret_file = \$CREDENTIALS_DIRECTORY\/id$/m);
});

test('set: values of the preset that are shown in comments follow', async (t) => {
  const home = new Home(t);
  await home.ok('init', ['--client-id', 'app', '--auth', 'none']);
  await set(home, ['tenant=contoso.test']);
  const asSet = readFileSync(home.profile, 'utf8');
  await home.ok('init', ['--client-id', 'app', '--auth', 'none', '--tenant', 'contoso.test', '--force']);
  assert.equal(asSet, readFileSync(home.profile, 'utf8'));
  assert.match((await set(home, ['tenant=contoso.test'])).out, /is so already/);
});

test('set: what is wrong is told, and nothing changes', async (t) => {
  const home = await signedIn(t, await serve(t));
  const before = home.files();
  for (const [pairs, pattern] of [
    [[], /KEY=VALUE/],
    [['scope'], /KEY=VALUE/],
    [['=x'], /no key ''/],
    [['secret=hunter2'], /moat secret/],
    [['colour=blue'], /no key 'colour'/],
    [['scope=a', 'scope=b'], /scope comes twice/],
    [['token_url=http://as.test/'], /token_url .* is not an https URL/],
    [['client_id='], /no client_id/],
    [['auth=none'], /secret_file is given/],
    [['secret_file='], /auth post needs a secret/],
    [['ca=/none.pem'], /none\.pem/],
    [['secret_file=/none'], /none/],
    [['scope=a\nca = /b'], /character/],
    [['export=yaml:/b'], /there is no format 'yaml'/],
    [['export=env:/a', 'export=ballerinas:/b'], /there is no format 'ballerinas'/],
  ]) {
    const result = await home.call('set', pairs);
    assert.ok([exit.misuse, exit.profile].includes(result.code), `${pairs}: ${result.code}`);
    assertClear(result, pattern);
    assert.doesNotMatch(result.err, /hunter2/);
  }
  assert.deepEqual(home.files(), before);
  assertClear(await home.run(['set', 'none', 'scope=a']), /there is no profile/);
  assert.deepEqual(home.files(), before);
});

test('set: the grant of the client before stays, and is said to be of no use', async (t) => {
  const home = await signedIn(t, await serve(t));
  const { err } = await set(home, ['client_id=another']);
  assert.match(err, /sign in again: moat login drive/);
  assert.equal((await home.status(exit.signIn)).grant, 'of another client');
  await set(home, ['client_id=web-post']);
  assert.equal((await home.status()).grant, 'stored');
});

test('set: a profile that is a link is left to what made it', async (t) => {
  const home = await signedIn(t, await serve(t));
  renameSync(home.profile, `${home.dir}/elsewhere`);
  symlinkSync('elsewhere', home.profile);
  assertClear(await set(home, ['scope=a'], exit.profile), /is a link/);
  assertClear(await home.expect(exit.profile, 'init', ['--force', '--scope', 'a']), /is a link/);
  assert.ok(lstatSync(home.profile).isSymbolicLink());
});

test('set: a stored secret that is missing is a matter of the profile', async (t) => {
  const home = await signedIn(t, await serve(t));
  await home.ok('secret', [], { input: 'S3cret~web.post_1-x\n' });
  rmSync(`${home.state}/secret`);
  assertClear(await set(home, ['scope=a'], exit.profile), /secret of drive is missing\n.*moat secret drive/);
  await home.ok('secret', [], { input: 'S3cret~web.post_1-x\n' });
  await set(home, ['scope=a']);
});

test('set: of many at once none is lost', async (t) => {
  const home = await signedIn(t, await serve(t));
  const pairs = ['scope=a', 'issuer=https://as.test/', 'extra=a=b', 'shared=yes', 'redirect_uri=http://localhost:1/', 'secret_expires=2099-01-01'];
  await Promise.all(pairs.map((pair) => set(home, [pair])));
  const lines = readFileSync(home.profile, 'utf8').split('\n');
  for (const pair of pairs) assert.ok(lines.includes(pair.replace('=', ' = ')), pair);
});

// ---- secret

test('secret: from stdin, from a file, at a terminal; the grant stays and uses it', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server, { more: ['--secret-expires', '2099-01-01'] });
  const uses = async (secret) => {
    await home.ok('refresh');
    assert.equal(server.last.form.client_secret, secret);
  };
  const value = (key) => new RegExp(`^${key} = (.*)$`, 'm').exec(readFileSync(home.profile, 'utf8'))?.[1];
  const { out } = await home.ok('secret', [], { input: 'from stdin\n' });
  assert.match(out, /^The secret of drive is changed\.\n {2}secret_file: \S+ -> \(none\)\n {2}secret_expires: 2099-01-01 -> \(none\)$/m);
  assert.equal(value('secret_expires'), undefined);
  await uses('from stdin');
  assert.equal(readFileSync(`${home.dir}/the-secret`, 'utf8').length > 0, true, 'the file is its owner\'s');

  writeFileSync(`${home.dir}/another`, 'from a file\n', { mode: 0o600 });
  await home.ok('secret', ['another', '--secret-expires', '2099-02-02'], { cwd: home.dir });
  assert.equal(value('secret_file'), `${home.dir}/another`);
  assert.equal(value('secret_expires'), '2099-02-02');
  assert.deepEqual(home.holding('from stdin'), []);
  await uses('from a file');

  const { code, shown } = await onTerminal(t, home, ['secret', 'drive', '-'], { prompt: /Client secret \(not shown\): $/, typed: 'typed\r' });
  assert.equal(code, exit.done, shown);
  assert.ok(!shown.includes('typed'), shown);
  await uses('typed');
});

test('secret: what cannot be one, and a profile without', async (t) => {
  const home = await signedIn(t, await serve(t));
  const before = home.files();
  for (const [args, input, pattern] of [
    [[], '', /no client secret/],
    [[], 'one\ntwo\n', /not one line/],
    [['/none'], '', /\/none/],
    [['a', 'b'], '', /too many/],
    [['--secret-expires', 'soon'], 'secret\n', /YYYY-MM-DD/],
  ])
    assertClear(await home.expect(exit.misuse, 'secret', args, { input }), pattern);
  assert.deepEqual(home.files(), before);
  const other = new Home(t);
  assertClear(await other.expect(exit.profile, 'secret', [], { input: 'secret\n' }), /there is no profile/);
  assert.deepEqual(other.files(), []);
  // A client that had none proves itself with it, as after init.
  await other.ok('init', ['--client-id', 'app', '--auth', 'none']);
  assert.match((await other.ok('secret', [], { input: 'secret\n' })).out, /auth: none -> post/);
});

test('secret: a byte order mark and line ends are dropped, blanks and quotes are pointed out', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const given = async (input) => {
    const { err } = await home.ok('secret', [], { input });
    const told = (await home.ok('refresh')).err;
    assert.equal(/begins or ends with a blank or a quote/.test(told), /begins or ends/.test(err));
    return { secret: server.last.form.client_secret, warned: /begins or ends with a blank or a quote/.test(err) };
  };
  assert.deepEqual(await given('\ufeffabc~Q8\r\n'), { secret: 'abc~Q8', warned: false });
  assert.deepEqual(await given('abc\r\n\r\n\n'), { secret: 'abc', warned: false });
  assert.deepEqual(await given(' abc\n'), { secret: ' abc', warned: true });
  assert.deepEqual(await given('abc\t'), { secret: 'abc\t', warned: true });
  assert.deepEqual(await given('"abc"\n'), { secret: '"abc"', warned: true });
  assert.deepEqual(await given('a"b c\n'), { secret: 'a"b c', warned: false });
  // The file may be replaced by others, so it is looked at whenever it is read.
  writeFileSync(`${home.dir}/file`, '\ufeffin a file\r\n', { mode: 0o600 });
  await home.ok('secret', [`${home.dir}/file`]);
  await home.ok('refresh');
  assert.equal(server.last.form.client_secret, 'in a file');
});

// ---- init --force

test('init --force keeps what is not given, and says what changes', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server, { more: ['--secret-expires', '2099-01-01', '--extra', 'a=b', '--shared', 'yes'] });
  const before = readFileSync(home.profile, 'utf8');
  const refused = await home.expect(exit.misuse, 'init', ['--scope', 'another', '--extra', 'c=d']);
  assert.match(refused.err, /already[\s\S]*--force[\s\S]*\n +scope: .* -> another\n +extra: a=b -> c=d\n$/);
  assert.equal(readFileSync(home.profile, 'utf8'), before);
  const { out } = await home.ok('init', ['--scope', 'another', '--force']);
  assert.match(out, /is written\.\n {2}scope: .* -> another\n$/);
  assert.equal(readFileSync(home.profile, 'utf8'), before.replace(/^scope = .*$/m, 'scope = another'));
  assert.match((await home.ok('init', ['--force'])).out, /is written\.\n$/);

  // A new secret, and then a client without.
  await home.ok('init', ['--force', '--secret-file', '-'], { input: 'stored\n' });
  assert.doesNotMatch(readFileSync(home.profile, 'utf8'), /^secret_(file|expires) =/m);
  await home.ok('init', ['--force', '--scope', 'a']);
  assert.deepEqual(home.holding('stored'), ['drive/secret']);
  await home.ok('init', ['--force', '--auth', 'none']);
  assert.deepEqual(home.holding('stored'), []);
  assert.equal((await home.status()).grant, 'stored');
  // Nothing is kept for another provider.
  assertClear(await home.expect(exit.misuse, 'init', ['--force', '--provider', 'google']), /--client-id is missing/);
});

test('init --force does not undo a change that was made while it waited for the secret', async (t) => {
  const server = await serve(t);
  const init = ['init', 'drive', '--force', '--client-id', 'app', '--secret-file', '-'];
  const meanwhile = async (home, change) => {
    const running = terminal(t, home, init);
    await running.until(/Client secret \(not shown\): $/);
    await change();
    const before = home.files();
    running.type('typed-s3cret\r');
    const { code, shown } = await running.finished;
    assert.equal(code, exit.later, shown);
    assert.match(shown, /drive\.conf was changed meanwhile\n.*Run the same command again/);
    assert.deepEqual(home.files(), before);
  };
  const home = await signedIn(t, server);
  await meanwhile(home, () => home.ok('set', ['shared=yes']));
  await home.ok('init', init.slice(2), { input: 'second\n' });
  assert.match(readFileSync(home.profile, 'utf8'), /^shared = yes$/m);
  const made = new Home(t);
  await meanwhile(made, () => made.init(server));
});

test('init --force at a terminal: Enter keeps the secret and its day', async (t) => {
  const home = await signedIn(t, await serve(t), { more: ['--secret-expires', '2099-01-01'] });
  await home.ok('secret', ['--secret-expires', '2099-03-03'], { input: 'kept\n' });
  const before = home.files();
  const running = terminal(t, home, ['init', 'drive', '--force']);
  for (const question of ['Provider [', 'Authorize URL', 'Token URL', 'Device authorization', 'PEM file', 'Client ID [', 'Method [', 'Enter keeps the old one): ', 'Redirect URI [', 'Scopes', 'What next'])
    await running.answer(question, '\r');
  const { code, shown } = await running.finished;
  assert.equal(code, exit.done, shown);
  assert.deepEqual(home.files(), before);
});

// ---- remove and logout

test('remove: all that Moat keeps goes, and what stays is said', async (t) => {
  const home = await signedIn(t, await serve(t));
  assertClear(await home.expect(exit.misuse, 'remove'), /--yes/);
  const no = await onTerminal(t, home, ['remove', 'drive'], { prompt: /yes or no[^\n]*: ?$/, typed: 'no\r' });
  assert.equal(no.code, exit.failed, no.shown);
  assert.ok(existsSync(home.profile) && existsSync(home.state));
  const { err } = await home.ok('remove', ['--yes']);
  assert.match(err, /the-secret/);
  assert.match(err, /provider was not told/);
  assert.deepEqual(home.files().map(({ path }) => path), [`${home.dir}/the-secret`]);
  assert.ok(!existsSync(home.state));
  assertClear(await home.expect(exit.profile, 'remove', ['--yes']), /there is no profile/);
});

test('remove: a state folder that lies elsewhere is emptied, and the link to it goes', async (t) => {
  const home = await signedIn(t, await serve(t));
  renameSync(home.state, `${home.dir}/elsewhere`);
  symlinkSync('elsewhere', home.state);
  await home.ok('refresh');
  await home.ok('remove', ['--yes']);
  assert.deepEqual(readdirSync(home.dir).sort(), ['elsewhere', 'the-secret']);
  assert.deepEqual(readdirSync(`${home.dir}/elsewhere`), []);
});

test('remove: who waits meanwhile is told that there is no profile', async (t) => {
  const home = await signedIn(t, await serve(t));
  const { redirect } = await home.redirect();
  const waiting = terminal(t, home, ['exchange', 'drive']);
  await waiting.until(/Paste the address/);
  await home.ok('remove', ['--yes']);
  waiting.type(`${redirect}\r`);
  const { code, shown } = await waiting.finished;
  assert.equal(code, exit.profile, shown);
  assert.match(shown, /there is no profile/);
});

test('remove: a profile that is wrong, at a terminal', async (t) => {
  const home = await signedIn(t, await serve(t));
  writeFileSync(home.profile, 'wrong\n');
  const { code, shown } = await onTerminal(t, home, ['remove', 'drive'], { prompt: /yes or no[^\n]*: ?$/, typed: 'yes\r' });
  assert.equal(code, exit.done, shown);
  assert.ok(!existsSync(home.profile) && !existsSync(home.state));
});

test('logout says what stays', async (t) => {
  const server = await serve(t);
  for (const [auth, pattern] of [
    ['post', /The profile stays, and the file with the client secret: \S+the-secret\n$/],
    ['none', /The profile stays\.\n$/],
  ]) {
    const home = await signedIn(t, server, { auth });
    assert.match((await home.ok('logout')).err, pattern);
  }
  const home = await signedIn(t, server);
  await home.ok('secret', [], { input: 'secret\n' });
  assert.match((await home.ok('logout')).err, /The profile and the stored client secret stay\.\n$/);
});
