// The file that an export goes into: whose it is, how it is replaced, and whose token is in it.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync, chownSync, existsSync, lchownSync, linkSync, lstatSync, mkdirSync, readFileSync,
  readdirSync, readlinkSync, statSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { Home, assertClear, exit, signedIn } from './lab/moat.mjs';
import { aadsts, answering, json, serve, tokens } from './lab/scripted.mjs';

const secret = 'S3cret~web.post_1-x';
const isRoot = process.getuid() === 0;
const other = 65533; // a user who is nobody here
const rootOnly = { skip: !isRoot && 'it takes root to have files of two users' };

/** A server that gives a new refresh token each time. With `once`, a spent one ends the grant; with
 * `strict` it is refused. */
async function rotating(t, { once = false, strict = false } = {}) {
  const state = { current: undefined, dead: false, refreshes: 0, idToken: undefined };
  const answer = ({ form }) => {
    const spent = form.grant_type === 'refresh_token' && form.refresh_token !== state.current;
    if (form.grant_type === 'refresh_token') state.refreshes++;
    else state.dead = false;
    if (once && spent) state.dead = true;
    if (state.dead || (strict && spent)) return aadsts(70008);
    const fresh = tokens({ id_token: state.idToken });
    state.current = fresh.refresh_token;
    return json(fresh);
  };
  const server = await serve(t, { script: answering(answer) });
  /** Another program refreshes, and keeps its new token in the file. */
  const consume = (file) => {
    const text = readFileSync(file, 'utf8');
    const found = /rt-[\w-]+/.exec(text)[0];
    if (once && found !== state.current) state.dead = true;
    state.current = tokens().refresh_token;
    writeFileSync(file, text.replace(found, state.current));
    return state.current;
  };
  return { server, state, consume };
}

async function exporting(t, options = {}, init = {}) {
  const it = await rotating(t, options);
  const home = await signedIn(t, it.server, { secret, ...init });
  const file = `${home.dir}/Config.toml`;
  const write = (args = []) => home.ok('export', ['--format', 'ballerina', '-o', file, ...args]);
  return { ...it, home, file, write };
}

const before = '# mine\r\nport = 9090 # kept\r\nrefreshToken = "<your token>"\r\n';
const after = (token) =>
  `# mine\r\nport = 9090 # kept\r\nrefreshToken = "${token}"\r\nclientId = "web-post"\r\nclientSecret = "${secret}"\r\n`;
const leftovers = (home) => readdirSync(home.dir).filter((name) => /temp|backup|moat-new/.test(name));

// ---- The file

test('a file is changed with its mode and its other lines kept, and only when something is new', async (t) => {
  const { home, file, write, state } = await exporting(t);
  writeFileSync(file, before);
  chmodSync(file, 0o640);
  if (isRoot) chownSync(file, 0, other);
  const { ino } = statSync(file);
  const said = await write();
  assert.match(said.out, /Config\.toml is written; what is not Moat's in it is as it was\.\n/);
  assert.match(said.err, /others may read .*Config\.toml/);
  assert.equal(readFileSync(file, 'utf8'), after(state.current));
  const { mode, gid, ino: now, mtimeNs } = statSync(file, { bigint: true });
  assert.equal(Number(mode) & 0o7777, 0o640);
  if (isRoot) assert.equal(Number(gid), other);
  assert.notEqual(Number(now), ino, 'in one step');
  assert.match((await write()).out, /is up to date/);
  assert.equal(statSync(file, { bigint: true }).mtimeNs, mtimeNs);
  await home.ok('refresh');
  await write();
  assert.equal(readFileSync(file, 'utf8'), after(state.current));
  assert.deepEqual(leftovers(home), []);
});

test('a link of ours is followed and stays, and one of another user is not', async (t) => {
  const { home, file, write, state } = await exporting(t);
  mkdirSync(`${home.dir}/real`);
  symlinkSync('real/Config.toml', `${home.dir}/link`);
  symlinkSync('link', file);
  await write();
  assert.equal(readlinkSync(file), 'link');
  assert.equal(readFileSync(`${home.dir}/real/Config.toml`, 'utf8').split('"')[1], state.current);
  if (!isRoot) return;
  lchownSync(`${home.dir}/link`, other, other);
  const failed = await home.expect(exit.failed, 'export', ['--format', 'ballerina', '-o', file]);
  assertClear(failed, /another user's link/);
});

test('a file with two names keeps both', async (t) => {
  const { home, file, write, state } = await exporting(t);
  writeFileSync(file, before);
  linkSync(file, `${home.dir}/second`);
  await write();
  for (const name of [file, `${home.dir}/second`]) assert.equal(readFileSync(name, 'utf8'), after(state.current));
  assert.deepEqual(leftovers(home), []);
});

test('a file that is mounted is overwritten, with a backup until that is done', async (t) => {
  const mounts = spawnSync('unshare', ['-rm', 'true']).status === 0;
  if (!mounts) return t.skip('no mounts can be made here');
  const { home, file, state } = await exporting(t);
  const real = `${home.dir}/real`;
  writeFileSync(real, before);
  writeFileSync(file, '');
  const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
  const mounted = (...words) =>
    home.run(['-rm', 'sh', '-c', script, 'sh', real, file, ...words], { program: 'unshare' });
  const words = ['export', 'drive', '--format', 'ballerina', '-o', file];
  const { code, err } = await mounted(home.program, ...words);
  assert.equal(code, exit.done, err);
  assert.equal(readFileSync(real, 'utf8'), after(state.current));
  assert.deepEqual(leftovers(home), []);

  // The power failed while it was overwritten: half of it is new. The backup has what it was.
  writeFileSync(real, `# mine\r\nrefreshToken = "rt-half-of-a-token-that-nobody-has"\r\n`);
  writeFileSync(`${file}.moat-backup`, before, { mode: 0o600 });
  const again = await mounted(home.program, ...words);
  assert.equal(again.code, exit.done, again.err);
  assert.equal(readFileSync(real, 'utf8'), after(state.current));
  assert.deepEqual(leftovers(home), []);

  // Nothing is touched if no backup can be made.
  mkdirSync(`${file}.moat-backup`);
  await home.ok('refresh');
  const refused = await mounted(home.program, ...words);
  assert.equal(refused.code, exit.failed);
  assertClear(refused, /Config\.toml/);
  assert.doesNotMatch(readFileSync(real, 'utf8'), new RegExp(state.current));
});

test("another user's file is written as that user", rootOnly, async (t) => {
  const { home, state } = await exporting(t);
  chmodSync(home.dir, 0o711);
  const folder = `${home.dir}/theirs`;
  const theirs = `${folder}/Config.toml`;
  mkdirSync(folder);
  chownSync(folder, other, other);
  writeFileSync(theirs, before);
  chmodSync(theirs, 0o600);
  chownSync(theirs, other, other);
  const words = ['--format', 'ballerina', '-o', theirs];
  await home.ok('export', words);
  assert.equal(readFileSync(theirs, 'utf8'), after(state.current));
  const { uid, gid, mode } = statSync(theirs);
  assert.deepEqual([uid, gid, mode & 0o7777], [other, other, 0o600]);
  assert.deepEqual(readdirSync(folder), ['Config.toml']);
  await home.ok('refresh');
  const text = readFileSync(theirs);
  chownSync(folder, 0, 0); // root could write there, and the owner of the file cannot
  assertClear(await home.expect(exit.failed, 'export', words), /Permission denied/);
  assert.deepEqual(readFileSync(theirs), text);
});

for (const [format, text, line] of [
  ['ballerina', 'a = 1\nb = "no end\n', 2],
  ['ballerina', '[a]\nrefreshToken = "x"\n[b]\nrefreshToken = "y"\n', 2],
  ['ballerina', 'x = 1\n[refreshToken]\n', 2],
  ['ballerina', 'refreshToken = "x"\nrefreshToken = "y"\n', 2],
  ['ballerina', 'a = "\u0000"\n', 1],
  ['env', 'A=1\n\nB=$(date)\n', 3],
  ['env', "A='1\n", 1],
  ['env', 'if true; then A=1; fi\n', 1],
  ['rclone', '[drive]\nclient_id = web-post\nno pair\n', 3],
  ['rclone', '[drive]\nclient_id = another\n', 1],
  ['rclone', '[a]\nclient_id = web-post\n[b]\nclient_id = web-post\n', 1],
  ['rclone', '[drive]\nclient_id = web-post\ntoken = {"a"}\n', 1],
  ['rclone', '[drive]\nclient_id = web-post\ntoken = `{\n', 3],
  ['rclone', '# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nabc\n', 1],
  ['json', '{"a": 1,}', 1],
  ['json', '[]', 1],
  ['json', '{"refresh_token": "x",\n"refresh_token": "y"}', 2],
  ['json', '{"a": 1} {}', 1],
])
  test(`what is no ${format} is left alone: ${JSON.stringify(text)}`, async (t) => {
    const { home } = await exporting(t);
    const file = `${home.dir}/file`;
    writeFileSync(file, text);
    const failed = await home.expect(exit.profile, 'export', ['--format', format, '-o', file]);
    assertClear(failed, new RegExp(`/file:${line}: this cannot be read as ${format}`));
    assert.equal(readFileSync(file, 'utf8'), text);
    assert.equal(failed.out, '');
  });

test('rclone: a section that exists; its token stays as it is while the refresh token is the same', async (t) => {
  const { home, state } = await exporting(t);
  const file = `${home.dir}/rclone.conf`;
  const words = ['--format', 'rclone', '-o', file];
  assertClear(await home.expect(exit.profile, 'export', words), /rclone has to make it first/);
  assert.equal((await home.expect(exit.misuse, 'export', words.slice(0, 2))).out, '');
  writeFileSync(file, '[drive]\ntype = onedrive\n');
  const strange = await home.expect(exit.profile, 'export', words);
  assertClear(strange, /no section has the client_id[^]*set the other program up/);
  assert.doesNotMatch(strange.err, /a new one is written/);
  const other = '[another]\nclient_id = web-post\ntype = drive\n';
  writeFileSync(file, `[drive]\ntype = onedrive\nclient_id = web-post\n\n${other}`);
  await home.ok('export', words);
  const [, token] = /^token = (.*)\nclient_secret = S3cret~web\.post_1-x\n\n\[another/m.exec(readFileSync(file, 'utf8'));
  const { access_token, refresh_token, token_type, expiry } = JSON.parse(token);
  assert.equal(access_token, (await home.ok('token')).out.trim());
  assert.deepEqual([refresh_token, token_type], [state.current, 'Bearer']);
  assert.equal(expiry, (await home.status()).expires_at);
  assert.ok(readFileSync(file, 'utf8').endsWith(other));
});

test('onedrive: the refresh token and nothing else, of a client without a secret', async (t) => {
  const { home, state } = await exporting(t, {}, { auth: 'none', secret: undefined });
  const file = `${home.dir}/refresh_token`;
  const words = ['--format', 'onedrive', '-o', file];
  const { err } = await home.ok('export', words);
  assert.match(err, /application_id = "public"/);
  assert.equal(readFileSync(file, 'utf8'), state.current);
  writeFileSync(file, `${state.current}\n`);
  await home.ok('refresh');
  await home.ok('export', words);
  assert.equal(readFileSync(file, 'utf8'), `${state.current}\n`);
  for (const text of ['two words\n', '{"config":"of_another_program"}\n']) {
    writeFileSync(file, text);
    assertClear(await home.expect(exit.profile, 'export', words), /no refresh token/);
    assert.equal(readFileSync(file, 'utf8'), text);
  }
  const { home: confidential } = await exporting(t);
  assertClear(await confidential.expect(exit.profile, 'export', ['--format', 'onedrive']), /public client/);
});

// ---- The token in it

test('a refresh token that the other program has renewed is taken over', async (t) => {
  const { home, file, write, state, consume, server } = await exporting(t);
  writeFileSync(file, before);
  await write();
  const renewed = consume(file);
  await write();
  assert.equal(server.last.form.refresh_token, renewed, 'a refresh proves it');
  assert.notEqual(state.current, renewed);
  assert.equal(readFileSync(file, 'utf8'), after(state.current));
  await home.ok('token');
  assert.match((await write()).out, /is up to date/);
  assert.equal(state.refreshes, 1);
});

/** Puts a token into the file, as somebody with an editor does. */
const put = (file, token) =>
  writeFileSync(file, readFileSync(file, 'utf8').replace(/refreshToken = ".*?"/, `refreshToken = "${token}"`));
const setProfile = (home, lines) => {
  const text = readFileSync(home.profile, 'utf8').replace(/^(# )?shared.*/m, '');
  writeFileSync(home.profile, text + lines);
};

for (const [command, lines] of [['keep', ''], ['token', 'shared = yes\n'], ['refresh', 'shared = yes\n'], ['export', '']])
  test(`${command}: a token in the file that the provider refuses costs the stored grant nothing`, async (t) => {
    const { home, file, write, state, server } = await exporting(t, { strict: true });
    await write();
    setProfile(home, `${lines}export = ballerina:${file}\n`);
    const old = readFileSync(file, 'utf8').split('"')[1];
    await home.ok('refresh');
    await write();
    await home.ok('refresh');
    await write();
    const again = () => (command === 'export' ? write() : home.ok(command));
    for (const token of ['PASTE-YOUR-TOKEN-HERE', old]) {
      put(file, token);
      const refreshes = state.refreshes;
      const { err } = await again();
      assert.match(err, /refresh token in .*Config\.toml is not taken over: the provider refuses it/);
      assert.match(err, /The grant of before is stored again/);
      assert.equal(state.refreshes, refreshes + 2, 'the stored grant is proved as well');
      assert.equal(server.last.form.refresh_token === token, false);
      assert.doesNotMatch((await again()).err, /not taken over/, 'it is told once');
      await write();
      assert.equal(readFileSync(file, 'utf8').split('"')[1], state.current);
    }
    assert.equal((await home.status()).grant, 'stored');
    await home.ok('refresh');
  });

test('moat keep says that the grant has ended when neither token is good', async (t) => {
  const { home, file, write, state } = await exporting(t, { strict: true });
  await write();
  setProfile(home, `export = ballerina:${file}\n`);
  put(file, 'PASTE-YOUR-TOKEN-HERE');
  state.dead = true;
  assert.match((await home.expect(exit.signIn, 'keep')).err, /not taken over.*\n.*invalid_grant/);
  assert.equal((await home.status(exit.signIn)).grant, 'ended');
});

test('after trouble that tells nothing about the token in the file, the next run tries it again', async (t) => {
  const { home, file, write, state, consume, server } = await exporting(t, { strict: true });
  await write();
  const stored = state.current;
  const renewed = consume(file);
  for (const [answer, code] of [
    [json({}, '503 Service Unavailable'), exit.later],
    [json({ error: 'invalid_client' }, '401 Unauthorized'), exit.profile],
  ]) {
    const script = server.script;
    server.play({ script: answering(answer) });
    const failed = await home.expect(code, 'export', ['--format', 'ballerina', '-o', file]);
    assert.match(failed.err, /Config\.toml has another refresh token; it is not taken over yet/);
    assert.equal(server.last.form.refresh_token, renewed);
    assert.equal(JSON.parse((await home.ok('export', ['--format', 'json'])).out).refresh_token, stored);
    server.play({ script });
  }
  assert.equal(readFileSync(file, 'utf8').split('"')[1], renewed);
  await write();
  assert.equal(server.last.form.refresh_token, renewed);
  assert.equal(readFileSync(file, 'utf8').split('"')[1], state.current);
});

test('a grant that has ended is replaced by the renewed token, and by a refused one to no avail', async (t) => {
  const { home, file, write, state, consume } = await exporting(t, { strict: true });
  await write();
  const current = consume(file);
  await home.expect(exit.signIn, 'refresh');
  put(file, 'PASTE-YOUR-TOKEN-HERE');
  await home.expect(exit.signIn, 'export', ['--format', 'ballerina', '-o', file]);
  put(file, current);
  await write();
  assert.equal((await home.status()).grant, 'stored');
  assert.equal(readFileSync(file, 'utf8').split('"')[1], state.current);
});

test('other files of the grant are still known after a token was taken over or refused', async (t) => {
  const { home, file, write, state, consume, server } = await exporting(t, { strict: true });
  const second = `${home.dir}/second.toml`;
  const writeSecond = () => home.ok('export', ['--format', 'ballerina', '-o', second]);
  await writeSecond();
  await write();
  const { signed_in_at: then } = await home.status();
  do {
    put(file, `PASTE-YOUR-TOKEN-HERE-${Date.now()}`);
    await write();
  } while ((await home.status()).signed_in_at === then);
  await writeSecond();
  const renewed = consume(second);
  await writeSecond();
  assert.equal(server.last.form.refresh_token, renewed);
  assert.equal(readFileSync(second, 'utf8').split('"')[1], state.current);
});

test('who is signed in stays known, and the token of another account is not taken over', async (t) => {
  const it = await rotating(t);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const person = (sub) => `${part({ alg: 'RS256' })}.${part({ iss: it.server.origin, aud: 'web-post', sub })}.c2ln`;
  it.state.idToken = person('alice');
  const home = await signedIn(t, it.server, { secret, scope: 'openid offline_access' });
  const file = `${home.dir}/Config.toml`;
  const write = () => home.ok('export', ['--format', 'ballerina', '-o', file]);
  await write();
  const { signed_in_at: then } = await home.status();
  do {
    it.consume(file);
    await write();
  } while ((await home.status()).signed_in_at === then);
  assert.equal((await home.status()).account, 'alice');

  it.state.idToken = person('bob');
  put(file, 'rt-of-bob_0123456789');
  assert.match((await write()).err, /not taken over: it is another account's/);
  assert.notEqual(it.server.last.form.refresh_token, 'rt-of-bob_0123456789', 'the grant of before is refreshed');
  assert.equal((await home.status()).account, 'alice');
});

test('what is no renewed token is overwritten: a first export, a word, what was there before', async (t) => {
  const { home, file, write, state } = await exporting(t);
  const has = async (token, why) => {
    await write();
    assert.equal(readFileSync(file, 'utf8').split('"')[1], token, why);
    assert.equal(state.current, token, why);
  };
  writeFileSync(file, 'refreshToken = "rt-of-somebody-else-0123456789"\n');
  await has(state.current, 'Moat has never written there');
  for (const word of ['', 'replace me, please', 'secret', 'tokén-0123456789']) {
    put(file, word);
    await has(state.current, word);
  }
  const first = state.current;
  await home.ok('refresh');
  await has(state.current, 'the newer one');
  put(file, first); // as if the disk had lost the last write
  await home.ok('refresh');
  await has(state.current, 'what the last write replaced');
});

test('a new sign-in is not replaced by the token of an older one', async (t) => {
  const { home, file, write, state, consume } = await exporting(t);
  await write();
  consume(file);
  const { signed_in_at: then } = await home.status();
  do await home.signIn();
  while ((await home.status()).signed_in_at === then);
  const newest = state.current;
  await write();
  assert.equal(readFileSync(file, 'utf8').split('"')[1], newest);
});

test('tokens for one use: an export is refused, unless the profile says that it shares', async (t) => {
  const it = await rotating(t, { once: true });
  const home = new Home(t);
  await home.init(it.server, { secret, more: ['--provider', 'github'] });
  await home.signIn();
  const file = `${home.dir}/grant.json`;
  const words = ['--format', 'json', '-o', file];
  for (const args of [words, words.slice(0, 2)]) {
    const refused = await home.expect(exit.profile, 'export', args);
    assertClear(refused, /once.*\n.*moat token drive/s);
    assert.equal(refused.out, '');
  }
  assert.ok(!existsSync(file));

  writeFileSync(home.profile, readFileSync(home.profile, 'utf8').replace(/^(# )?shared.*/m, 'shared = yes'));
  await home.ok('export', words);
  // Now each of them renews the grant, again and again. Nobody ever uses a spent token.
  for (let i = 0; i < 3; i++) {
    it.consume(file);
    await home.ok('refresh');
    assert.equal(it.state.dead, false);
    await home.ok('export', words);
    assert.equal(JSON.parse(readFileSync(file, 'utf8')).refresh_token, it.state.current);
    it.consume(file);
    await home.ok('export', words);
    assert.equal(JSON.parse(readFileSync(file, 'utf8')).refresh_token, it.state.current);
  }
  await home.ok('refresh');
  assert.equal(it.state.dead, false);
  assert.equal(it.state.refreshes, 7);
});

test('moat keep and a program that renews its token by turns: nobody uses a spent one', async (t) => {
  const { home, file, state, consume } = await exporting(t, { once: true });
  const text = readFileSync(home.profile, 'utf8').replace(/^(# )?shared.*/m, 'shared = yes');
  writeFileSync(home.profile, `${text}export = ballerina:${file}\n`);
  const keep = async (how) => {
    const { out, err } = await home.ok('keep');
    assert.equal(out + err, '', how);
    assert.equal(state.dead, false, how);
    assert.equal(readFileSync(file, 'utf8').split('"')[1], state.current, how);
  };
  await keep('a new file');
  for (let i = 0; i < 3; i++) {
    consume(file);
    await keep('taken over');
    await home.ok('refresh');
    await keep('brought up to date');
    consume(file);
    await home.ok('refresh');
    await keep('a refresh had to take it over first');
  }
  assert.equal(state.refreshes, 9);
});

test('moat keep leaves no access token in a file', async (t) => {
  const { home, state } = await exporting(t);
  const files = { json: `${home.dir}/grant.json`, env: `${home.dir}/grant.env`, rclone: `${home.dir}/rclone.conf` };
  writeFileSync(files.rclone, '[drive]\nclient_id = web-post\n');
  const token = (await home.ok('token')).out.trim();
  for (const [format, file] of Object.entries(files)) {
    await home.ok('export', ['--format', format, '-o', file]);
    assert.ok(readFileSync(file, 'utf8').includes(token), format);
  }
  await home.ok('refresh');
  const newer = (await home.ok('token')).out.trim();
  const lines = Object.entries(files).map(([format, file]) => `export = ${format}:${file}\n`);
  writeFileSync(home.profile, readFileSync(home.profile, 'utf8') + lines.join(''));
  await home.ok('keep');
  for (const file of Object.values(files)) {
    const text = readFileSync(file, 'utf8');
    assert.ok(text.includes(state.current) && !text.includes(token) && !text.includes(newer), text);
  }
});

test('what Moat remembers of its exports has no token in it', async (t) => {
  const { home, write, state } = await exporting(t);
  await write();
  const memory = `${home.state}/exports`;
  assert.equal(lstatSync(memory).mode & 0o777, 0o600);
  const text = readFileSync(memory, 'utf8');
  assert.match(text, /^ballerina \d+ [0-9a-f]{64} [0-9a-f]{64} \/.*\/Config\.toml\n$/);
  assert.ok(!text.includes(state.current.slice(-8)));
});

test('a folder that somebody has locked for ever does not stop an export', async (t) => {
  const home = await signedIn(t, await serve(t));
  const file = `${home.dir}/out.json`;
  const holder = spawn('flock', ['--exclusive', home.dir, 'sh', '-c', 'echo held; exec sleep 1000'], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  t.after(() => process.kill(-holder.pid));
  await once(holder.stdout, 'data');
  await home.ok('export', ['--format', 'json', '-o', file]);
  assert.equal(spawnSync('flock', ['--nonblock', home.dir, 'true']).status, 1, 'it is locked all the time');
  assert.ok(JSON.parse(readFileSync(file, 'utf8')).refresh_token);
});
