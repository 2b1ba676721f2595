// Secrets are where they belong and nowhere else: argv, environment, output, files, core dumps.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, copyFileSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { Home, exit, signedIn, unhurried } from './lab/moat.mjs';
import { moat } from './lab/paths.mjs';
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
  const { pid, finished } = home.start(['exchange', home.name, '-v'], { input: redirect });
  const { form } = await held.asked;
  const hidden = [secret, code, form.code_verifier];
  for (const word of hidden) assert.ok(!proc(pid, 'cmdline').includes(word), `argv has ${word}`);
  assert.match(proc(pid, 'limits'), /^Max core file size +0 +0 /m);
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
  const before = home.files().length;
  const { pid, finished } = home.start(['exchange', home.name], {
    input: redirect,
    cwd: home.dir,
    before: 'ulimit -c "$(ulimit -H -c)"',
  });
  await held.asked;
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

test('the whole way, and each word is where it belongs', async (t) => {
  const server = await serve(t, { script: answering(() => json(tokens())) });
  const home = new Home(t);
  let said = '';
  const ok = async (command, args = [], options = {}) => {
    const result = await home.ok(command, [...args, '-v'], options);
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
  const { err, out } = await home.expect(exit.signIn, 'refresh', ['-v']);
  const { redirect, code } = await home.redirect();
  const failed = await home.expect(exit.signIn, 'exchange', ['-v'], { input: redirect });
  const said = err + out + failed.err + failed.out;
  const [, { form: refresh }, { form: exchange }] = server.requests;
  for (const word of [secret, code, refresh.refresh_token, exchange.code_verifier]) {
    assert.ok(!said.includes(word), `${word} was printed: ${said}`);
  }
});

test('-v tells what happens, on stderr', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const { out, err } = await home.ok('refresh', ['-v']);
  assert.match(err, /\b200\b/);
  assert.doesNotMatch(out, /\b200\b/);
  assert.ok(err.split('\n').length > 4);
});
