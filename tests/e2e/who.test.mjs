// The person of a grant: what an ID token tells, and that nobody else's grant takes its place unasked.
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { clients } from './lab/clients.mjs';
import { labForAll } from './lab/for_all.mjs';
import { Home, assertClear, assertTerminalSafe, exit, terminal } from './lab/moat.mjs';
import { signIn } from './lab/person.mjs';
import { answering, json, serve, tokens } from './lab/scripted.mjs';

const { id } = clients.post;
const scope = 'openid offline_access files.read';
const lab = await labForAll();

async function newHome(t, options) {
  const home = new Home(t);
  await home.init(lab, { scope, ...options });
  return home;
}

/** Somebody signs in; the exchange ends with `code`. */
async function signInAs(home, user, { code = exit.done, args = [] } = {}) {
  const { url } = await home.url();
  return home.expect(code, 'exchange', args, { input: `${await signIn(url, user)}\n` });
}

const accountOf = async (home) => (await home.status()).account;

test('the account is shown after the sign-in, in status and in list, until the logout', async (t) => {
  const home = await newHome(t);
  const { out } = await signInAs(home, 'alice');
  assert.match(out, /^drive is signed in at localhost as alice@example\.com\.$/m);
  await home.ok('refresh');
  assert.match((await home.ok('status')).out, /^account: +alice@example\.com$/m);
  const { account, account_issuer: issuer, account_subject: subject } = await home.status();
  assert.deepEqual({ account, issuer, subject }, { account: 'alice@example.com', issuer: lab.issuer, subject: 'alice' });
  assert.match((await home.run(['list'])).out, /signed in \(alice@example\.com\)/);
  assert.equal(JSON.parse((await home.run(['list', '--json'])).out)[0].account, 'alice@example.com');
  await home.ok('logout');
  assert.equal(existsSync(`${home.state}/identity`), false);
  assert.equal((await home.status(exit.signIn)).account, null);
});

test('without a terminal another account is refused over a grant that works', async (t) => {
  const home = await newHome(t);
  await signInAs(home, 'alice');
  const result = await signInAs(home, 'bob', { code: exit.failed });
  assertClear(result, /bob@example\.com signed in, but drive is for alice@example\.com/);
  assert.match(result.err, /moat login drive --account NAME/);
  assert.equal(await accountOf(home), 'alice@example.com');
  await home.ok('refresh');
  await signInAs(home, 'alice');
});

test('--account names the other account', async (t) => {
  const home = await newHome(t);
  await signInAs(home, 'alice');
  await signInAs(home, 'bob', { args: ['--account', 'Bob@Example.com'] });
  assert.equal(await accountOf(home), 'bob@example.com');
  const result = await signInAs(home, 'carol', { code: exit.failed, args: ['--account', 'bob@example.com'] });
  assertClear(result, /carol@example\.com signed in, but drive is for bob@example\.com/);
  assert.equal(await accountOf(home), 'bob@example.com');
});

test('--account holds for the first sign-in, too', async (t) => {
  const home = await newHome(t);
  await signInAs(home, 'bob', { code: exit.failed, args: ['--account', 'alice@example.com'] });
  assert.equal((await home.status(exit.signIn)).grant, 'none');
});

for (const answer of ['yes', 'no']) {
  test(`at a terminal it is asked: ${answer}`, async (t) => {
    const home = await newHome(t);
    await signInAs(home, 'alice');
    const { url } = await home.url();
    const running = terminal(t, home, ['exchange', 'drive']);
    await running.answer('Enter:', `${await signIn(url, 'bob')}\r`);
    await running.answer('yes or no [no]: ', `${answer}\r`);
    const { code, shown } = await running.finished;
    assert.equal(code, answer === 'yes' ? exit.done : exit.failed, shown);
    assert.equal(await accountOf(home), answer === 'yes' ? 'bob@example.com' : 'alice@example.com');
    await home.ok('refresh');
  });
}

test('over a grant that has ended, or one of before, anybody may sign in', async (t) => {
  const home = await newHome(t);
  await signInAs(home, 'alice');
  rmSync(`${home.state}/identity`); // as a moat of before left it
  assert.equal(await accountOf(home), null);
  await home.ok('refresh');
  await signInAs(home, 'bob');
  await lab.revoke(JSON.parse((await home.ok('export', ['--format', 'json'])).out).refresh_token);
  await home.expect(exit.signIn, 'refresh');
  await signInAs(home, 'carol');
  assert.equal(await accountOf(home), 'carol@example.com');
});

test('a device code that somebody else entered is refused', async (t) => {
  const home = await newHome(t, { more: ['--device-url', lab.deviceUrl] });
  await signInAs(home, 'alice');
  const running = home.start(['login', 'drive', '--device', '--no-qr']);
  const [userCode] = await running.until(/[A-Z0-9]{4}-[A-Z0-9]{4}/);
  await lab.approve(userCode, 'bob');
  const { code, err } = await running.finished;
  assert.equal(code, exit.failed, err);
  assert.match(err, /bob@example\.com signed in, but drive is for alice@example\.com/);
  assert.equal(await accountOf(home), 'alice@example.com');
  await home.ok('refresh');
});

test('the authorize URL asks for the account', async (t) => {
  const ask = async (home, value) => (await home.url(['--account', value])).parameters;
  const home = await newHome(t);
  assert.equal((await ask(home, 'select')).prompt, 'select_account');
  assert.equal((await ask(home, "a+b@x.example & c='é'")).login_hint, "a+b@x.example & c='é'");
  const own = await newHome(t, { more: ['--extra', 'prompt=consent&a=b'] });
  assert.deepEqual(await ask(own, 'select').then(({ prompt, a }) => ({ prompt, a })), { prompt: 'consent select_account', a: 'b' });
  const hinted = await newHome(t, { more: ['--extra', 'login_hint=x'] });
  assertClear(await hinted.expect(exit.misuse, 'url', ['--account', 'y']), /login_hint already/);
});

test('--account without effect is misuse', async (t) => {
  const home = await newHome(t, { more: ['--device-url', lab.deviceUrl] });
  await home.expect(exit.misuse, 'exchange', ['--account', 'select']);
  await home.expect(exit.misuse, 'login', ['--device', '--account', 'select']);
  await home.expect(exit.misuse, 'url', ['--account', '']);
  await home.expect(exit.misuse, 'url', ['--account', 'x'.repeat(256)]);
  await home.expect(exit.misuse, 'token', ['--account', 'x']);
});

// ---- ID tokens of any kind

const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const jwt = (claims) => `${part({ alg: 'RS256' })}.${part(claims)}.c2ln`;
const good = (server, change) => ({ iss: server.origin, aud: id, sub: 's-1', ...change });

/** What a sign-in comes to with this ID token. */
async function with_(t, make) {
  const server = await serve(t);
  server.play({ script: answering(json(tokens({ id_token: make(server) }))) });
  const home = new Home(t);
  await home.init(server, { scope });
  assertTerminalSafe((await home.signIn()).out);
  return accountOf(home);
}

const known = {
  'the subject': [(s) => jwt(good(s)), 's-1'],
  'the address': [(s) => jwt(good(s, { email: 'a@x.example' })), 'a@x.example'],
  'the name before the address': [(s) => jwt(good(s, { email: 'a@x', preferred_username: 'al' })), 'al'],
  'escapes and a nested member of the same name': [(s) => jwt(`{"x":{"sub":"no","a":["]}\\""]}, "sub" : "s" ,"iss":"${s.origin}","aud":"${id}","email":"\\u00fc\\ud83d\\ude00\\"@x"}`), 'ü😀"@x'],
  'one audience of several': [(s) => jwt(good(s, { aud: ['other', id] })), 's-1'],
};
for (const [name, [make, account]] of Object.entries(known))
  test(`an ID token tells ${name}`, async (t) => assert.equal(await with_(t, make), account));

const unknown = {
  'another client': (s) => jwt(good(s, { aud: 'other' })),
  'other clients': (s) => jwt(good(s, { aud: ['other', 'another'] })),
  'no client': (s) => jwt(good(s, { aud: undefined })),
  'an issuer elsewhere': (s) => jwt(good(s, { iss: 'https://localhost.evil.example' })),
  'no issuer': (s) => jwt(good(s, { iss: undefined })),
  'no subject': (s) => jwt(good(s, { sub: undefined, email: 'a@x.example' })),
  'a subject that is a number': (s) => jwt(good(s, { sub: 7 })),
  'a subject of two lines': (s) => jwt(good(s, { sub: 'a\nb' })),
  'a NUL': (s) => jwt(good(s, { sub: 'a\u0000b' })),
  'half a claim': (s) => jwt(JSON.stringify(good(s)).slice(0, -4)),
  'no JSON': () => jwt('tomato'),
  'no base64url': (s) => jwt(good(s)).replace('.', '.!'),
  'no dots': () => 'tomato',
  'one dot': (s) => jwt(good(s)).split('.').slice(0, 2).join('.'),
  'nothing between its dots': () => 'a..b',
};
for (const [name, make] of Object.entries(unknown))
  test(`an ID token of ${name} tells nothing, and the sign-in counts`, async (t) => assert.equal(await with_(t, make), null));

test('over a grant that works, an ID token that is not for this client is like somebody else', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  await home.init(server, { scope });
  const signsIn = async (code, id_token, args = []) => {
    server.play({ script: answering(json(tokens({ id_token }))) });
    const { redirect } = await home.redirect();
    return home.expect(code, 'exchange', args, { input: `${redirect}\n` });
  };
  await signsIn(exit.done, jwt(good(server)));
  for (const make of Object.values(unknown)) {
    assertClear(await signsIn(exit.failed, make(server)), /somebody unknown signed in, but drive is for s-1\n.*ID token/);
    assert.equal(await accountOf(home), 's-1');
  }
  await signsIn(exit.done, undefined);
  assert.equal(await accountOf(home), null);
  await signsIn(exit.done, unknown['another client'](server)); // nobody is known any more
});

for (const [name, make] of [['no ID token', () => undefined], ['one for another client', unknown['another client']]])
  test(`--account NAME with ${name}: refused, and a terminal is asked`, async (t) => {
    const server = await serve(t);
    server.play({ script: answering(json(tokens({ id_token: make(server) }))) });
    const home = new Home(t);
    await home.init(server, { scope });
    const { redirect } = await home.redirect();
    assertClear(await home.expect(exit.failed, 'exchange', ['--account', 's-1'], { input: `${redirect}\n` }),
      /somebody unknown signed in, but drive is for s-1\n.*ID token/);
    assert.equal((await home.status(exit.signIn)).grant, 'none');
    const again = await home.redirect();
    const running = terminal(t, home, ['exchange', 'drive', '--account', 's-1']);
    await running.answer('Enter:', `${again.redirect}\r`);
    await running.answer('yes or no [no]: ', 'yes\r');
    const { code, shown } = await running.finished;
    assert.equal(code, exit.done, shown);
    assert.equal((await home.status()).grant, 'stored');
  });

test('the issuer of the profile is the only one', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  await home.init(server, { scope, more: ['--issuer', 'https://id.example/x'] });
  for (const [iss, account] of [[server.origin, null], ['https://id.example/x', 's-1']]) {
    server.play({ script: answering(json(tokens({ id_token: jwt(good(server, { iss })) }))) });
    const { redirect } = await home.redirect({ iss: 'https://id.example/x' });
    await home.ok('exchange', [], { input: `${redirect}\n` });
    assert.equal(await accountOf(home), account);
  }
});
