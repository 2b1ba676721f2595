// The guide's main job against a real authorization server, npm's oidc-provider.
import assert from 'node:assert/strict';
import { request } from 'node:https';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { clients } from './lab/clients.mjs';
import { labForAll } from './lab/for_all.mjs';
import { Home, assertClear, exit } from './lab/moat.mjs';
import { roots } from './lab/paths.mjs';
import { signIn } from './lab/person.mjs';

const lab = await labForAll({ accessPad: 1000, refreshSize: 1199 });

/** How many requests the token endpoint got while `work` was done. */
async function posts(work) {
  const before = lab.posts.length;
  const result = await work();
  return [lab.posts.length - before, result];
}

async function signedIn(t, options) {
  const home = new Home(t);
  await home.init(lab, options);
  const { url } = await home.url();
  await home.ok('exchange', [], { input: await signIn(url) });
  return home;
}

/** The stored refresh token, by way of the export. */
async function refreshToken(home) {
  const { out } = await home.ok('export', ['--format', 'ballerina', '--show-secrets']);
  return /^refreshToken = "([^"]+)"$/m.exec(out)[1];
}

/** A refresh by somebody else who holds the token. */
function stolen(token) {
  const { id, secret } = clients.post;
  const form = {
    grant_type: 'refresh_token',
    refresh_token: token,
    client_id: id,
    client_secret: secret,
  };
  return new Promise((resolve, reject) => {
    request(
      lab.tokenUrl,
      {
        method: 'POST',
        ca: readFileSync(roots),
        agent: false,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      },
      (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode));
      },
    )
      .on('error', reject)
      .end(new URLSearchParams(form).toString());
  });
}

for (const auth of ['post', 'basic', 'basic-raw', 'none']) {
  test(`the whole way with --auth ${auth}`, async (t) => {
    const home = new Home(t);
    await home.init(lab, { auth });
    const { url } = await home.url();
    const redirect = await signIn(url);

    const [exchanged] = await posts(() => home.ok('exchange', [], { input: `${redirect}\n` }));
    assert.equal(exchanged, 1);
    const [asked, first] = await posts(() => home.ok('token'));
    assert.equal(asked, 0, 'the token of the exchange is still good');
    assert.match(first.out, /^[\w-]+\.[\w-]+\.[\w-]+\n$/, 'the token and nothing else');

    const [refreshed] = await posts(() => home.ok('refresh'));
    assert.equal(refreshed, 1);
    const [again, second] = await posts(() => home.ok('token'));
    assert.equal(again, 0);
    assert.notEqual(second.out, first.out);
    await home.ok('refresh'); // with the refresh token of the last one: the first is dead
  });
}

test('basic-raw does not serve where the secret must be encoded first', async (t) => {
  const home = new Home(t);
  const { id, secret } = clients.basic;
  await home.init(lab, { auth: 'basic-raw', id, secret });
  const { url } = await home.url();
  const failed = await home.call('exchange', [], { input: await signIn(url) });
  assert.notEqual(failed.code, exit.done);
  assertClear(failed);
});

test('refresh rotates: the new token is stored, the old one is gone', async (t) => {
  const home = await signedIn(t);
  const old = await refreshToken(home);
  await home.ok('refresh');
  assert.notEqual(await refreshToken(home), old);
});

test('a replayed refresh token kills the grant: somebody must sign in', async (t) => {
  const home = await signedIn(t);
  const old = await refreshToken(home);
  await home.ok('refresh');
  assert.equal(await stolen(old), 400);
  assertClear(await home.expect(exit.signIn, 'refresh'), /sign in/i);

  const { url } = await home.url();
  await home.ok('exchange', [], { input: await signIn(url) });
  await home.ok('refresh');
});

test('a grant that was revoked: somebody must sign in', async (t) => {
  const home = await signedIn(t);
  await lab.revoke(await refreshToken(home));
  assertClear(await home.expect(exit.signIn, 'refresh'), /invalid_grant/);
});

test('without rotation the refresh token stays in use', async (t) => {
  lab.rotate = false;
  t.after(() => {
    lab.rotate = true;
  });
  const home = await signedIn(t);
  const token = await refreshToken(home);
  await home.ok('refresh');
  await home.ok('refresh');
  assert.equal(await refreshToken(home), token);
});

test('a wrong secret is a matter of the profile, and costs no grant', async (t) => {
  const home = await signedIn(t);
  home.secretFile('another');
  assertClear(await home.expect(exit.profile, 'refresh'), /secret/i);
  home.secretFile(clients.post.secret);
  await home.ok('refresh');
});

test('a code of another request does not match the verifier', async (t) => {
  const [mine, other] = [new Home(t, 'mine'), new Home(t, 'other')];
  await mine.init(lab);
  await other.init(lab);
  const { parameters } = await mine.url();
  const foreign = new URL(await signIn((await other.url()).url));
  foreign.searchParams.set('state', parameters.state);
  assertClear(
    await mine.expect(exit.signIn, 'exchange', [], { input: foreign.href }),
    /invalid_grant/,
  );
});

test('an issuer that is known is required and compared', async (t) => {
  const home = new Home(t);
  await home.init(lab, { more: ['--issuer', lab.issuer] });
  const redirect = new URL(await signIn((await home.url()).url));
  const code = redirect.searchParams.get('code');
  const changed = (iss) => {
    const url = new URL(redirect);
    if (iss) url.searchParams.set('iss', iss);
    else url.searchParams.delete('iss');
    return url.href;
  };
  for (const input of [changed('https://evil.test'), changed(`${lab.issuer}/`), changed(), code]) {
    const [count, failed] = await posts(() => home.call('exchange', [], { input }));
    assert.equal(count, 0, input);
    assert.notEqual(failed.code, exit.done);
    assertClear(failed, /iss/i);
  }
  await home.ok('exchange', [], { input: redirect.href }); // what was refused cost nothing
});

test('the redirect URI is repeated exactly', async (t) => {
  for (const uri of ['http://localhost:8400', 'http://localhost/callback']) {
    const home = new Home(t);
    await home.init(lab, { more: ['--redirect-uri', uri] });
    const { url, parameters } = await home.url();
    assert.equal(parameters.redirect_uri, uri);
    await home.ok('exchange', [], { input: await signIn(url) });
  }
});

test('a code alone will do, percent-encoded or not', async (t) => {
  for (const write of [
    (code) => code,
    (code) => `  ${code}\r\n`,
    (code) => code.replace(/^./, (c) => `%${c.charCodeAt(0).toString(16)}`),
  ]) {
    const home = new Home(t);
    await home.init(lab);
    const code = new URL(await signIn((await home.url()).url)).searchParams.get('code');
    await home.ok('exchange', [], { input: write(code) });
  }
});
