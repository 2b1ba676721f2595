// moat import: the grant of another program, proved by a refresh.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Home, assertClear, exit, signedIn, terminal } from './lab/moat.mjs';
import { scriptedProxy } from './lab/proxies.mjs';
import { aadsts, answering, json, serve, tokens } from './lab/scripted.mjs';

const theirs = 'rt-of-another-program_0123456789';

/** A server that knows these refresh tokens, and answers with new ones. */
async function provider(t) {
  const known = new Set([theirs]);
  const server = await serve(t, {
    script: answering(({ form }) => {
      if (form.grant_type === 'refresh_token' && !known.has(form.refresh_token)) return aadsts(70008);
      const fresh = tokens();
      known.add(fresh.refresh_token);
      return json(fresh);
    }),
  });
  return { server, known };
}
async function fresh(t) {
  const it = await provider(t);
  const home = new Home(t);
  await home.init(it.server);
  return { ...it, home };
}
const take = (home, format, input, { code = exit.done, args = [] } = {}) =>
  home.expect(code, 'import', ['--format', format, ...args], { input });

const files = (id, token) => ({
  rclone: `[x]\nclient_id = other\ntoken = {"refresh_token":"no"}\n[my drive]\nclient_id = ${id}\ntoken = {"access_token":"a","refresh_token":"${token}"}\n`,
  ballerina: `\ufeffport = 1\r\n[auth]\r\nclientId = '${id}'\r\nrefreshToken = "${token}"`,
  json: JSON.stringify({ client_id: id, refresh_token: token, access_token: 'old' }),
});

for (const [format, text] of [...Object.entries(files('web-post', theirs)), ['token', `${theirs}\r\n`]])
  test(`${format}: the refresh token is taken and proved`, async (t) => {
    const { home, server } = await fresh(t);
    const { out, err } = await take(home, format, text);
    assert.match(out, /the provider agrees/);
    assert.ok(!(out + err).includes(theirs));
    assert.equal(server.requests.length, 1);
    assert.equal(server.last.form.refresh_token, theirs);
    assert.equal((await home.status()).grant, 'stored');
    await home.ok('token');
    assert.equal(server.requests.length, 1, 'the access token of the proof serves');
  });

test("another client's grant, and what has no token in it: nothing is sent or stored", async (t) => {
  const { home, server } = await fresh(t);
  for (const [format, text] of Object.entries(files('somebody-else', theirs)))
    assertClear(await take(home, format, text, { code: format === 'rclone' ? exit.failed : exit.profile }), /client/);
  for (const [format, text] of [
    ['rclone', ''], ['ballerina', 'clientId = "web-post"\n'], ['ballerina', 'refreshToken = 1\n'], ['json', '{}'], ['json', '{"refresh_token":""}'],
    ['json', '{"refresh_token":'], ['token', ''], ['token', 'two words\n'], ['token', files('web-post', theirs).json], ['token', `"${theirs}"`], ['token', ' \n'],
  ])
    assertClear(await take(home, format, text, { code: exit.failed }), /Nothing was changed.* moat import drive --format/);
  assert.equal((await home.call('import', ['--format', 'env'], { input: theirs })).code, exit.misuse);
  assert.equal((await home.call('import', [], { input: theirs })).code, exit.misuse);
  assert.equal(server.requests.length, 0);
  assert.equal((await home.status(exit.signIn)).grant, 'none');
});

test('at a terminal no token is read, because it would be shown', async (t) => {
  const { home, server } = await fresh(t);
  const { code, shown } = await terminal(t, home, ['import', 'drive', '--format', 'token']).finished;
  assert.equal(code, exit.misuse, shown);
  assert.match(shown, /stdin is a terminal\n *usage: .* < FILE/);
  assert.equal(server.requests.length, 0);
});

test('a grant that is alive stays, unless --force', async (t) => {
  const { server } = await provider(t);
  const home = await signedIn(t, server);
  const { access_token: before } = JSON.parse((await home.ok('token', ['--json'])).out);
  assertClear(await take(home, 'token', theirs, { code: exit.failed }), /--force/);
  assert.equal((await home.ok('token')).out.trim(), before);
  assert.equal(server.requests.length, 1);
  await take(home, 'token', theirs, { args: ['--force'] });
  assert.equal(server.last.form.refresh_token, theirs);
});

test('a grant that the provider has ended is replaced without a word', async (t) => {
  const { server, known } = await provider(t);
  const home = await signedIn(t, server);
  known.clear();
  await home.expect(exit.signIn, 'refresh');
  known.add(theirs);
  await take(home, 'token', theirs);
  assert.equal((await home.status()).grant, 'stored');
});

test('a grant that the provider refuses is not kept, and the one before is', async (t) => {
  const { home, server } = await fresh(t);
  assertClear(await take(home, 'token', 'rt-that-nobody-knows', { code: exit.signIn }), /It was not stored/);
  assert.equal((await home.status(exit.signIn)).grant, 'none');
  await home.signIn();
  const refused = await take(home, 'token', 'rt-that-nobody-knows', { code: exit.signIn, args: ['--force'] });
  assertClear(refused, /The grant of before is stored again/);
  await home.ok('refresh');
  assert.equal((await home.status()).grant, 'stored');
  assert.equal(server.last.form.grant_type, 'refresh_token');
});

test('where the server was never asked, --force leaves the grant of before', async (t) => {
  const { server } = await provider(t);
  const home = await signedIn(t, server);
  const proxy = await scriptedProxy(t, () => 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n');
  const refused = await home.expect(exit.later, 'import', ['--format', 'token', '--force'],
    { input: 'rt-that-nobody-knows', env: { ...home.env, https_proxy: proxy.url } });
  assertClear(refused, /The grant of before is stored again/);
  assert.doesNotMatch(refused.err, /not proved/);
  await home.ok('refresh');
  assert.notEqual(server.last.form.refresh_token, 'rt-that-nobody-knows');
});

test('--force does not replace a grant that is alive and could not be stored again', async (t) => {
  const { server } = await provider(t);
  server.play({ script: answering(json(tokens({ refresh_token: undefined }))) });
  const home = await signedIn(t, server);
  const before = (await home.ok('token')).out;
  const refused = await take(home, 'token', 'rt-that-nobody-knows', { code: exit.failed, args: ['--force'] });
  assertClear(refused, /could not be stored again.*moat logout drive/);
  assert.equal((await home.ok('token')).out, before);
  assert.equal(server.requests.length, 1);
});

test('while the server is away it is stored, and proved later', async (t) => {
  const { home, server } = await fresh(t);
  server.play({ script: answering(json({}, '503 Service Unavailable')) });
  assertClear(await take(home, 'token', theirs, { code: exit.later }), /moat refresh drive/);
  server.play({});
  await home.ok('refresh');
  assert.equal(server.last.form.refresh_token, theirs);
});

test('what Moat exports, another Moat imports', async (t) => {
  const { server } = await provider(t);
  const home = await signedIn(t, server);
  const file = `${home.dir}/rclone.conf`;
  writeFileSync(file, '[drive]\nclient_id = web-post\n');
  await home.ok('export', ['--format', 'rclone', '-o', file]);
  for (const [format, text] of [
    ['json', (await home.ok('export', ['--format', 'json'])).out],
    ['ballerina', (await home.ok('export', ['--format', 'ballerina'])).out],
    ['rclone', readFileSync(file, 'utf8')],
  ]) {
    const other = new Home(t);
    await other.init(server);
    await take(other, format, text);
  }
});
