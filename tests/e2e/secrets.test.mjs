// Secrets are where they belong and nowhere else: argv, environment, output, files, core dumps.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Home, age, assertTerminalSafe, exit, onTerminal, signedIn, terminal, unhurried } from './lab/moat.mjs';
import { certs, moat, roots } from './lab/paths.mjs';
import { aadsts, answering, json, serve, tokens } from './lab/scripted.mjs';

const secret = 'c4nary-secret~_.-value';

/** A server that holds back its answer: `asked` resolves at the request, answer() lets it go. */
async function holding(t, answer) {
  const server = await serve(t);
  const held = {};
  held.asked = new Promise((asked) => {
    held.answered = new Promise((go) => {
      held.answer = go;
      server.play({
        script: async (connection) => {
          asked(await connection.request());
          await held.answered;
          await connection.write(answer);
          connection.end();
        },
      });
    });
  });
  return Object.assign(held, { server });
}

const proc = (pid, file) => readFileSync(`/proc/${pid}/${file}`, 'latin1');

test('a running process shows no secret, and dumps no core', async (t) => {
  const held = await holding(t, json(tokens()));
  const home = new Home(t);
  await home.init(held.server, { secret });
  const { redirect, code } = await home.redirect();
  const { pid, finished } = home.start(['exchange', home.name, '-vv'], { input: redirect });
  const { form } = await held.asked;
  const hidden = [secret, code, form.code_verifier];
  for (const word of hidden) assert.ok(!proc(pid, 'cmdline').includes(word), `argv has ${word}`);
  assert.match(proc(pid, 'limits'), /^Max core file size +0 /m);
  held.answer();
  assert.equal((await finished).code, exit.done);
});

test('a process that may not be dumped belongs to root in /proc', { timeout: unhurried }, async (t) => {
  const home = new Home(t);
  const copy = `${home.dir}/moat`; // where an ordinary user may run it
  copyFileSync(moat, copy);
  const nobody = 65534;
  for (const path of [copy, home.dir]) if (process.getuid() === 0) chownSync(path, nobody, nobody);
  const ids = process.getuid() === 0 ? { uid: nobody, gid: nobody } : {};
  // It waits on stdin for the secret.
  const child = spawn(
    copy,
    ['init', 'drive', '--client-id', 'app', '--auth', 'post', '--secret-file', '-'],
    { env: home.env, stdio: ['pipe', 'ignore', 'ignore'], ...ids },
  );
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  while (statSync(`/proc/${child.pid}/environ`).uid !== 0) await new Promise(setImmediate);
  child.stdin.end('secret\n');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('a process that aborts leaves no core behind', async (t) => {
  const held = await holding(t, json(tokens()));
  const home = new Home(t);
  await home.init(held.server);
  const { redirect } = await home.redirect();
  const { pid, finished } = home.start(['exchange', home.name], {
    input: redirect,
    cwd: home.dir,
    before: 'ulimit -c "$(ulimit -H -c)"',
  });
  await held.asked;
  const before = home.files().length; // with the files that keep room for the answer
  process.kill(pid, 'SIGABRT');
  assert.equal((await finished).signal, 'SIGABRT');
  assert.ok(
    home.files().length <= before,
    home
      .files()
      .map(({ path }) => path)
      .join(),
  );
});

/** A script for on_trouble: it looks for words in the memory of the moat that started it, as root alone may. */
const lookFor = (out, words) => `
import { openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
const words = ${JSON.stringify(words)};
const mem = openSync(\`/proc/\${process.ppid}/mem\`, 'r');
const found = {};
for (const [, from, to] of readFileSync(\`/proc/\${process.ppid}/maps\`, 'latin1').matchAll(/^(\\w+)-(\\w+) rw/gm)) {
  const [start, end] = [parseInt(from, 16), parseInt(to, 16)];
  const bytes = Buffer.alloc(Math.min(end - start, 1 << 24));
  try { readSync(mem, bytes, 0, bytes.length, start); } catch { continue; }
  for (const word of words) found[word] ||= bytes.includes(word);
}
writeFileSync('${out}', JSON.stringify(found));
`;

const mayLook = (BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(proc('self', 'status'))[1]}`) >> 19n) & 1n; // CAP_SYS_PTRACE

test('a key that could be read only in part is wiped', { skip: !mayLook && 'needs root' }, async (t) => {
  const home = await signedIn(t, await serve(t));
  const [key, script, out] = [`${home.dir}/key`, `${home.dir}/look.mjs`, `${home.dir}/found`];
  copyFileSync(`${certs}/client-ec.key`, key);
  writeFileSync(script, lookFor(out, ['c4nary-key', home.dir]));
  await home.ok('set', [`client_certificate=${certs}/client-ec.chain.pem`, `client_key=${key}`, `on_trouble=${process.execPath} ${script}`]);
  writeFileSync(key, 'c4nary-key\n'.repeat(4000)); // too large
  age(home);
  assert.match((await home.expect(exit.profile, 'keep')).err, /cannot take the client key from [^]*too large/);
  assert.deepEqual(JSON.parse(readFileSync(out)), { 'c4nary-key': false, [home.dir]: true });
});

test('the whole way, and each word is where it belongs', async (t) => {
  const server = await serve(t, { script: answering(() => json(tokens())) });
  const home = new Home(t);
  let said = '';
  const ok = async (command, args = [], options = {}) => {
    const result = await home.ok(command, [...args, '-vv'], options);
    said += result.err + (command === 'token' ? '' : result.out);
    return result;
  };
  await home.init(server, { secret });
  const { redirect, code } = await home.redirect();
  await ok('exchange', [], { input: redirect });
  const { code_verifier: verifier } = server.last.form;
  const state = new URL(redirect).searchParams.get('state');
  await ok('refresh');
  const { refresh_token: first } = server.last.form;
  await ok('refresh');
  const { refresh_token: second } = server.last.form;
  await ok('status');
  await ok('status', ['--json']);
  const access = (await ok('token')).out.trim();

  for (const word of [secret, code, verifier, state, first, second, access]) {
    assert.ok(!said.includes(word), `${word} was printed`);
  }
  assert.deepEqual(home.holding(secret), ['the-secret']);
  for (const word of [code, verifier, state]) assert.deepEqual(home.holding(word), [], word);
  const stores = home
    .files()
    .filter(({ path }) => path.startsWith(`${home.state}/`))
    .map(({ path }) => path.slice(home.dir.length + 1));
  for (const word of [first, second, access]) {
    for (const file of home.holding(word))
      assert.ok(stores.includes(file), `${word} is in ${file}`);
  }

  await ok('logout');
  for (const word of [first, second, access]) assert.deepEqual(home.holding(word), []);
  assert.deepEqual(
    home
      .files()
      .filter(({ path }) => !path.startsWith(home.state) && !/the-secret|drive\.conf/.test(path)),
    [],
  );
});

test('failures print none either', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server, { secret });
  // A server that says back all that it was told.
  server.play({
    script: answering(({ headers, body, form }) =>
      aadsts(
        70000,
        'invalid_grant',
        '400 Bad Request',
        [headers.authorization, body, ...Object.values(form)].join(' '),
      ),
    ),
  });
  const { err, out } = await home.expect(exit.signIn, 'refresh', ['-vv']);
  const { redirect, code } = await home.redirect();
  const failed = await home.expect(exit.signIn, 'exchange', ['-vv'], { input: redirect });
  const said = err + out + failed.err + failed.out;
  const [, { form: refresh }, { form: exchange }] = server.requests;
  for (const word of [secret, code, refresh.refresh_token, exchange.code_verifier]) {
    assert.ok(!said.includes(word), `${word} was printed: ${said}`);
  }
});

// ---- What a server says back, as it was or in a spelling of its own

const hex = (c, size) => c.codePointAt(0).toString(16).padStart(size, '0');
const each = (spell) => (word) => [...word].map(spell).join('');
const eachByte = (spell) => (word) => [...Buffer.from(word)].map((byte) => spell(byte.toString(16).padStart(2, '0'))).join('');
const inside = (what) => (word) => `${word.slice(0, 5)}${what}${word.slice(5)}`;

const spellings = {
  'as it is': (word) => word,
  'with a space of no width inside': inside('\u200b'),
  'with a tag character inside': inside('\u{e0041}'),
  'with an escape sequence inside': inside('\u001b[0m'),
  'with a control of C1 inside': inside('\u0085'),
  'percent-encoded': eachByte((digits) => `%${digits}`),
  'percent-encoded, in capitals': eachByte((digits) => `%${digits.toUpperCase()}`),
  'form-encoded': (word) => new URLSearchParams({ word }).toString().slice('word='.length),
  'as a string of JSON': (word) => JSON.stringify(word).slice(1, -1).replaceAll('/', '\\/'),
  'with escapes of JSON': each((c) => `\\u${hex(c, 4)}`),
  'with entities of HTML': each((c) => `&#x${hex(c, 0)};`),
};

/** A word and what it looks like, spelled in each way, is nowhere in the text. */
function assertHidden(text, words) {
  assertTerminalSafe(text);
  for (const word of words)
    for (const [name, spell] of Object.entries(spellings))
      assert.ok(!text.includes(spell(word)), `${word} was printed ${name}:\n${text}`);
}

/**
 * A home that is signed in, and what calls a command of it as often as there are words and spellings:
 * each time the server says one of the words that it can know of the request.
 */
async function echoing(t, options, words) {
  const issued = tokens();
  const server = await serve(t, { script: answering(json(issued)) });
  const home = await signedIn(t, server, options);
  const echo = async (command, input) => {
    for (const [name, spell] of Object.entries(spellings)) {
      for (let i = 0, count = 1, word; i < count; i += 1) {
        server.play({
          script: answering((request) => {
            const known = words(request, issued);
            count = known.length;
            word = known[i];
            return json({ error: 'invalid_request', error_description: `It is ${spell(word)}, is it?` }, '400 Bad Request');
          }),
        });
        const { err, out } = await home.expect(exit.profile, command, [], { input: await input?.() });
        assert.match(err, /It is \*{8}\S*, is it\?/, `${word}, ${name}:\n${err}`);
        assertHidden(err + out, [word]);
      }
    }
  };
  return { home, echo };
}

const clientSecret = 'c4nary sécret<&>"%41\\u0041~_.-+/=value';

test('a refresh that is refused: neither tokens nor client secret', async (t) => {
  const words = ({ form }, { access_token: access }) => [form.refresh_token, access, clientSecret];
  const { echo } = await echoing(t, { secret: clientSecret }, words);
  await echo('refresh');
});

for (const auth of ['basic', 'basic-raw']) {
  test(`the credential of ${auth}: neither as it was sent nor as it was meant`, async (t) => {
    const { echo } = await echoing(t, { auth, secret: clientSecret }, ({ headers }) => {
      const basic = headers.authorization.slice('Basic '.length);
      const plain = Buffer.from(basic, 'base64').toString();
      const url = basic.replaceAll('+', '-').replaceAll('/', '_');
      return [basic, basic.replace(/=+$/, ''), url, plain.slice(plain.indexOf(':') + 1), clientSecret];
    });
    await echo('refresh');
  });
}

test('a code that is refused: neither code nor verifier nor state, nor tokens from before', async (t) => {
  let sent;
  const words = ({ form }, { refresh_token: old }) => [form.code, form.code_verifier, sent, old];
  const { home, echo } = await echoing(t, {}, words);
  await echo('exchange', async () => {
    const { redirect, parameters } = await home.redirect();
    sent = parameters.state;
    return redirect;
  });
  const { redirect, parameters } = await home.redirect({
    code: undefined,
    error: 'access_denied',
    error_description: 'THE-STATE',
  });
  const input = redirect.replace('THE-STATE', `It+is+${parameters.state}`);
  const { err } = await home.expect(exit.signIn, 'exchange', ['-vv'], { input });
  assertHidden(err, [parameters.state]);
});

test('a device code, and the tokens of the sign-in', async (t) => {
  const device = 'device-code/canary_0123456789';
  const issued = tokens({ id_token: 'id-token-canary-0123456789' });
  const server = await serve(t);
  const home = new Home(t);
  await home.init(server, { auth: 'none', more: ['--device-url', `${server.origin}/devicecode`] });
  const answer = {
    device_code: device,
    user_code: 'ABCD-EFGH',
    verification_uri: 'https://login.example/device',
    verification_uri_complete: 'https://login.example/device?user_code=ABCD-EFGH',
    expires_in: 900,
    interval: 1,
  };
  const play = (poll) =>
    server.play({
      script: answering(({ line }) => (line.includes('/devicecode') ? json(answer) : poll)),
    });
  for (const spell of Object.values(spellings)) {
    play(json({ error: 'invalid_request', error_description: `It is ${spell(device)}` }, '400 Bad Request'));
    const { out, err } = await home.expect(exit.profile, 'login', ['--device', '-vv']);
    assert.match(err, /It is \*+$/m);
    assert.match(out, /ABCD-EFGH/);
    assertHidden(out + err, [device]);
  }
  const { access_token: access, refresh_token: refresh, id_token: id } = issued;
  play(json({ ...issued, scope: `a ${device} ${access} b ${refresh} ${id} c` }));
  const { out, err } = await home.ok('login', ['--device', '-vv']);
  assert.match(out, /^Scope: a \*+ \*+ b \*+ \*+ c$/m);
  assertHidden(out + err, [device, access, refresh, id]);
});

test('tokens in a scope: at the sign-in, in status, token --json, and export on a terminal', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  await home.init(server, { secret });
  const issued = [tokens(), tokens()];
  const scopeOf = (word, i) => `a ${word} b ${inside('\u200b')(word)} ${issued[0].refresh_token} ${i}`;
  const play = (i) => {
    const { refresh_token: refresh, access_token: access } = issued[i];
    const scope = `${scopeOf(refresh, i)} ${access} ${secret}`;
    server.play({ script: answering(json({ ...issued[i], scope })) });
  };
  const stored = () => issued.flatMap((tokens) => [tokens.refresh_token, tokens.access_token]);

  play(0);
  const { err, out } = await home.signIn();
  assert.match(out, /^Scope: a \*+ b \*+ \*+ 0 \*+ \*+$/m);
  assertHidden(err + out, [secret, ...stored()]);
  for (const i of [0, 1]) {
    const { access_token: access, refresh_token: refresh } = issued[i];
    const own = [access, refresh];
    for (const args of [[], ['--json']]) {
      const { err, out } = await home.ok('status', [...args, '-vv']);
      assert.match(out, /a \*+ b \*+ /);
      for (const word of own) assert.ok(!(err + out).replaceAll('\\u200b', '').includes(word), out);
    }
    const token = JSON.parse((await home.ok('token', ['--json'])).out);
    assert.equal(token.access_token, access, 'that is what it is for');
    assert.match(token.scope, /^a \*+ b \*+ /);
    for (const word of own) assert.ok(!token.scope.includes(word), token.scope);
    for (const format of ['env', 'json', 'ballerina']) {
      const { shown } = await onTerminal(t, home, ['export', home.name, '--format', format]);
      for (const word of [...own, secret]) assert.ok(!shown.includes(word), shown);
    }
    play(1);
    const { out } = await home.ok('refresh', ['-vv']);
    assertHidden(out, stored());
  }
});

test('on the page at the end of a sign-in', async (t) => {
  let state;
  const server = await serve(t, {
    script: answering(({ form }) => {
      const text = `It is ${inside('\u200b')(form.code)} ${form.client_secret} ${state}`;
      return aadsts(70000, 'invalid_grant', '400 Bad Request', text);
    }),
  });
  const home = new Home(t);
  await home.ok('init', [
    ...['--provider', 'entra', '--authorize-url', server.authorizeUrl, '--token-url', server.tokenUrl],
    ...['--client-id', 'id', '--ca', roots, '--secret-file', home.secretFile(secret), '--extra', ''],
  ]);
  const login = home.start(['login', home.name], { open: true });
  const [url] = await login.until(/^https:\S+(?=\s)/m);
  await login.until(/Ctrl-C/);
  const asked = new URL(url).searchParams;
  const uri = asked.get('redirect_uri');
  state = asked.get('state');
  const page = await (await fetch(`${uri}/?${new URLSearchParams({ code: 'the-right-code', state })}`)).text();
  const { code, err } = await login.finished;
  assert.equal(code, exit.signIn);
  for (const text of [page, err]) {
    assert.match(text, /It is \*{14} \*+ \*+/);
    for (const word of ['the-right-code', secret, state]) assert.ok(!text.includes(word), text);
  }
});

test('of a secret that is cut, the rest is not shown either', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server, { secret });
  for (const [error, description] of [
    ['invalid_request', (word) => 'x'.repeat(1023 - 12) + word],
    ['invalid_request', (word) => `${word.slice(0, 12)}\r\n${word.slice(12)}`],
    ['invalid_request', (word) => 'x'.repeat(1023 - 20) + spellings['percent-encoded'](word)],
    [(word) => 'x'.repeat(1023 - 12) + word, () => 'and more'],
  ]) {
    server.play({
      script: answering(({ form }) => {
        const of = (text) => (typeof text === 'string' ? text : text(form.refresh_token));
        return json({ error: of(error), error_description: of(description) }, '400 Bad Request');
      }),
    });
    const { err } = await home.call('refresh');
    const { refresh_token: refresh } = server.last.form;
    assert.ok(!err.includes(refresh.slice(0, 4)) && !err.includes('%72%74%2d'), err);
    assertTerminalSafe(err);
  }
});

test('a short secret is hidden where it stands alone', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server, { secret: 'xyz' });
  server.play({
    script: answering(json({ error: 'invalid_request', error_description: 'is xyz right? "xyz", xyzw' }, '400 Bad Request')),
  });
  const { err } = await home.expect(exit.profile, 'refresh');
  assert.match(err, /is \*\*\* right\? "\*\*\*", xyzw/);
});

// ---- What a terminal echoes

test('what is pasted at a question drives no terminal, and is no part of the answer', async (t) => {
  const home = new Home(t);
  const running = terminal(t, home, ['init', home.name]);
  await running.answer('Provider [entra]: ', 'git\u009b2Jhub\u202e\u200b\u0015');
  running.type(Buffer.from('gi\x9b\x85t', 'latin1'));
  running.type(Buffer.from('hub\xc3\r', 'latin1')); // and half a character
  await running.answer('Client ID: ', '\u001b]0;title\u0007\u0015a\u009d\u{e0041}p\u00adp\ufe0f\u001b[31m1\r');
  const end = 'Client secret';
  await running.answer(end, '\r');
  await running.answer('Redirect', '\r');
  await running.answer('Scopes', 'r\u0090é\u007fepo\r');
  await running.answer('What next', '\r');
  const { code, shown } = await running.finished;
  assert.equal(code, exit.done, shown);
  const profile = readFileSync(home.profile, 'utf8');
  assert.match(profile, /^client_id = app1$/m);
  assert.match(profile, /^scope = repo$/m);
  assert.doesNotMatch(shown.replace(/\u001b\[\?2004[hl]/g, '').replaceAll('\b', ''), /[^\n -~é]/);
});

test('-v tells what happens, on stderr', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const { out, err } = await home.ok('refresh', ['-vv']);
  assert.match(err, /\b200\b/);
  assert.doesNotMatch(out, /\b200\b/);
  assert.ok(err.split('\n').length > 4);
});
