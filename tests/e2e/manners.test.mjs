// The manners of the program: lines that fit the screen, words that were mistyped, readers that are gone.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Home, assertClear, assertTerminalSafe, exit, terminal } from './lab/moat.mjs';
import { serve } from './lab/scripted.mjs';

const names = async (home) => [...(await home.run(['--help'])).out.matchAll(/^ {2}moat (\S+)/gm)].map((found) => found[1]);

/** What is shown on a terminal of so many columns; 0: it does not know. */
async function shownOn(t, home, columns, args) {
  const before = `${columns ? `stty cols ${columns}; ` : ''}exec `;
  const { shown } = await terminal(t, home, args, { before, env: { TERM: 'xterm-256color', CLICOLOR_FORCE: '1' } }).finished;
  assertTerminalSafe(shown); // no colours either
  return shown;
}

const longest = (text) => Math.max(...text.split('\n').map((line) => line.length));
const words = (text) => text.split(/\s+/).join(' ');

test('help fits 80 columns everywhere, and a narrower terminal', async (t) => {
  const home = new Home(t);
  const commands = await names(home);
  assert.ok(commands.length > 15 && commands.includes('help'), `${commands}`);
  for (const command of commands) {
    const { code, out, err } = await home.run([command, '--help']);
    assert.equal(code + err, '0');
    assert.match(out, new RegExp(`^usage: moat ${command === 'help' ? 'COMMAND' : command}[ \\n]`));
    assert.ok(longest(out) <= 80, out);
    assert.equal((await home.run(['help', command])).out, out);
  }
  const whole = (await home.run(['help', 'login'])).out;
  assert.ok(longest(whole) > 70, 'it is not wrapped much earlier');
  for (const [columns, least, most] of [[0, 70, 80], [200, 70, 80], [50, 40, 50], [1, 10, 30]]) {
    const shown = await shownOn(t, home, columns, ['login', '--help']);
    const width = longest(shown);
    assert.ok(width >= least && width <= most, `${width} of ${columns} columns:\n${shown}`);
    assert.equal(words(shown), words(whole), 'no word is lost');
  }
});

test('an error is wrapped at words on a terminal, and is one line elsewhere', async (t) => {
  const home = new Home(t, 'a-name-of-sixty-letters-in-all-so-that-the-path-is-long-enough');
  const args = ['login', home.name];
  const { err } = await home.run(args);
  assert.match(err, /^moat: there is no profile \/\S+\.conf\n {2}Make one .*\n$/);
  const shown = await shownOn(t, home, 60, args);
  assert.equal(words(shown), words(err));
  for (const line of shown.split('\n')) assert.ok(line.length <= 60 || /^ *\S+$/.test(line), `more than one word: ${line}`);
  assert.match(shown, /^moat: there is no profile\n {6}\/\S+\.conf\n {2}Make one/, 'the path is whole');
});

test('a dumb terminal gets no escape sequence', async (t) => {
  const home = new Home(t);
  const guide = terminal(t, home, ['init', 'drive'], { env: { TERM: 'dumb' } });
  await guide.answer('Provider [entra]: ', 'github\r');
  await guide.answer('Client ID: ', '\u0004');
  const { code, shown } = await guide.finished;
  assert.equal(code, exit.failed, shown);
  assertTerminalSafe(shown);
});

test('a word that was mistyped brings the one that was meant', async (t) => {
  const home = new Home(t);
  await home.ok('init', ['--client-id', 'app', '--auth', 'none']);
  writeFileSync(`${home.dir}/-drvie.conf`, '');
  const cases = [
    [['lgoin', 'drive'], exit.misuse, 'login'],
    [['help', 'tokn'], exit.misuse, 'token'],
    [['git-credentials'], exit.misuse, 'git-credential'],
    [['export', 'drive', '--fromat', 'env'], exit.misuse, '--format'],
    [['--versoin'], exit.misuse, '--version'],
    [['set', 'drive', 'tokenurl=x'], exit.misuse, 'token_url'],
    [['token', 'drvie'], exit.profile, 'drive'],
    [['sing', 'drive']],
    [['list', '--device'], exit.misuse],
    [['-V'], exit.misuse],
    [['token', 'x'.repeat(64)], exit.profile],
    [['x'.repeat(3000)], exit.misuse],
  ];
  for (const [args, code = exit.misuse, meant] of cases) {
    const result = await home.run(args);
    assert.equal(result.code, code, args.join(' ').slice(0, 80));
    assertClear(result);
    assert.equal(/Did you mean (\S+)\?/.exec(result.err)?.[1], meant, result.err);
  }
});

test('Ctrl-C ends a loop of the shell, too', async (t) => {
  const server = await serve(t, { plain: true, script: (connection) => connection.stay() });
  const home = new Home(t);
  await home.init(server);
  const loop = 'for i in 1 2 3; do "$0" doctor drive --timeout 20; done; echo "goes on"';
  const running = terminal(t, home, ['-c', loop, home.program], { program: '/bin/bash' });
  await running.until(/^ok +proxy /m);
  running.type('\u0003');
  const { shown } = await running.finished;
  assert.match(shown, /cancelled/);
  assert.doesNotMatch(shown, /goes on/);
});

test('a reader that is gone is not told of', async (t) => {
  const home = new Home(t);
  await home.ok('init', ['--client-id', 'app', '--auth', 'none']);
  const python = 'import os,subprocess,sys; r,w=os.pipe(); os.close(r); sys.exit(subprocess.run(sys.argv[1:],stdout=w).returncode)';
  for (const args of [['--help'], ['help', 'login'], ['status', 'drive'], ['status', 'drive', '--json'], ['list'], ['url', 'drive']]) {
    const { code, err } = await home.run(['-c', python, home.program, ...args], { program: 'python3' });
    assert.equal(err, '', args.join(' '));
    assert.equal(code, exit.failed);
  }
});
