// moat keep: which grants it refreshes, what it says of the others, and how it ends.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Home, age, assertTerminalSafe, exit, ignored, reseal, signedIn, unhurried } from './lab/moat.mjs';
import { roots } from './lab/paths.mjs';
import { answering, json, sending, serve, tokens } from './lab/scripted.mjs';

const HOUR = 3600;
const refusal = (error, status = '400 Bad Request') => answering(json({ error }, status));

/** `moat keep NAME...`, which has to end like this. */
async function keep(home, code = exit.done, names = [], options = {}) {
  const result = await home.run(['keep', ...names], options);
  assert.equal(result.code, code, result.err);
  assert.equal(result.out, '');
  assertTerminalSafe(result.err);
  return result.err.split('\n').slice(0, -1);
}

/** A grant from a server that then plays `setting`, and has been asked for nothing. */
async function granted(t, setting = {}, options) {
  const server = await serve(t);
  const home = await signedIn(t, server, options);
  server.requests.length = 0;
  server.play(setting);
  return { server, home };
}

/** Another profile of the same home. */
function another(home, name) {
  return Object.create(home, { name: { value: name } });
}

const asked = async (server, home, hours) => {
  age(home, hours * HOUR);
  server.requests.length = 0;
  assert.deepEqual(await keep(home), []);
  return server.requests.length;
};

test('keep refreshes what is over 20 hours old, and says nothing', async (t) => {
  const { server, home } = await granted(t);
  assert.equal(await asked(server, home, 0), 0);
  assert.equal(await asked(server, home, 19.9), 0);
  assert.equal(await asked(server, home, 0.2), 1);
  assert.equal(await asked(server, home, 0), 0);
  assert.equal(await asked(server, home, 40 * 24), 1);
});

test('keep refreshes what is from the future: the clock is or was wrong', async (t) => {
  const { server, home } = await granted(t);
  assert.equal(await asked(server, home, -24 * 365), 1);
  assert.equal(await asked(server, home, 0), 0);
});

test('keep_days is how old a refresh may be', async (t) => {
  const { server, home } = await granted(t);
  appendFileSync(home.profile, 'keep_days = 7\n');
  assert.equal(await asked(server, home, 7 * 24 - 5), 0);
  assert.equal(await asked(server, home, 2), 1);
});

test('keep_days has to be a number of days', async (t) => {
  const { home } = await granted(t);
  appendFileSync(home.profile, 'keep_days = 181\n');
  const [line, ...more] = await keep(home, exit.profile, ['drive']);
  assert.match(line, /^drive: .*keep_days is not a number of days/);
  assert.deepEqual(more, []);
});

test('keep takes all profiles, or those that are named, in this order', async (t) => {
  const { server, home } = await granted(t);
  const mail = another(home, 'mail');
  await mail.init(server);
  await mail.signIn();
  another(home, 'zzz.not').init(server);
  for (const each of [home, mail]) age(each);
  server.requests.length = 0;
  assert.deepEqual(await keep(home, exit.done, ['mail']), []);
  assert.equal(server.requests.length, 1);
  const [line, ...more] = await keep(home, exit.signIn);
  assert.match(line, /^zzz.not: nobody has signed in/);
  assert.deepEqual(more, []);
  assert.equal(server.requests.length, 2);
  const lines = await keep(home, exit.profile, ['none', 'mail', 'zzz.not']);
  assert.deepEqual(lines.map((each) => each.split(':')[0]), ['none', 'zzz.not']);
});

test('no profile at all, a folder that is not there, a NAME that can be none', async (t) => {
  const home = new Home(t);
  assert.match((await home.run(['keep'])).err, /no profile to keep[^]*moat init/);
  assert.equal((await home.run(['keep'])).code, exit.profile);
  home.env.MOAT_HOME += '/none';
  assert.equal((await home.run(['keep'])).code, exit.profile);
  assert.equal((await home.run(['keep', 'good', '../bad'])).code, exit.misuse);
});

test('the exit status is the first of 5, 3, 1 and 4', async (t) => {
  const { server, home } = await granted(t);
  const [later, signIn, failed, profile] = [...'lsfp'].map((name) => another(home, name));
  for (const each of [later, signIn, failed, profile]) await each.init(server);
  await later.signIn();
  age(later);
  rmSync(failed.state, { recursive: true, force: true });
  writeFileSync(failed.state, 'no folder');
  appendFileSync(profile.profile, 'nonsense\n');
  server.play({ script: answering(json({}, '503 Busy')) });
  const run = async (code, given) => assert.equal((await keep(home, code, [...given])).length, given.length);
  await run(exit.later, 'l');
  await run(exit.failed, 'f');
  await run(exit.failed, 'lf');
  await run(exit.failed, 'fl');
  await run(exit.signIn, 'lfs');
  await run(exit.signIn, 'slf');
  await run(exit.profile, 'lfsp');
  await run(exit.profile, 'psfl');
});

test('a grant that has ended is told each time, in one line, and not tried again', async (t) => {
  const { server, home } = await granted(t, { script: refusal('invalid_grant') });
  age(home);
  for (let i = 0; i < 3; i += 1) {
    const [line, ...more] = await keep(home, exit.signIn);
    assert.match(line, /^drive: the server says invalid_grant.*moat login drive/);
    assert.deepEqual(more, []);
  }
  assert.equal(server.requests.length, 1);
  server.play({});
  await home.signIn();
  assert.deepEqual(await keep(home), []);
});

test('a refusal pauses keep as it pauses the others', async (t) => {
  const { server, home } = await granted(t, { script: refusal('invalid_client', '401 No') });
  age(home);
  for (let i = 0; i < 2; i += 1) assert.match((await keep(home, exit.profile))[0], /^drive: .*secret/);
  assert.equal(server.requests.length, 1);
});

test('a refresh that was interrupted is tried once more, due or not', async (t) => {
  const { server, home } = await granted(t, { script: sending([], 'reset') });
  age(home);
  await keep(home, exit.later);
  server.play({});
  assert.deepEqual(await keep(home), []);
  assert.equal(server.requests.length, 2);
});

test('a grant without a refresh token that never ends needs nothing', async (t) => {
  const { refresh_token: _, expires_in: __, ...rest } = tokens();
  const server = await serve(t, { script: answering(json(rest)) });
  const home = await signedIn(t, server);
  server.requests.length = 0;
  assert.deepEqual(await keep(home), []);
  assert.equal(server.requests.length, 0);
});

test('keep shows no secret that the server repeats', async (t) => {
  const { server, home } = await granted(t);
  age(home);
  server.play({
    script: async (connection) => {
      const { form } = await connection.request();
      const body = { error: 'invalid_client', error_description: `${form.refresh_token} ${form.client_secret}` };
      await connection.write(json(body, '401 No'));
    },
  });
  const [line] = await keep(home, exit.profile);
  assert.match(line, /\*\*\*/);
  assert.ok(!line.includes('S3cret'), line);
});

// ---- on_trouble

/** A command that notes what it was given, a line each, and then does `more`. */
function notifier(home, more = '') {
  const log = `${home.dir}/told`;
  const command = `${home.dir}/notify`;
  writeFileSync(log, '');
  writeFileSync(command, `#!/bin/sh\nenv | grep -v '^_=\\|^PWD=\\|^SHLVL=' | sort | tr '\\n' '|' >> ${log}\necho "$@" >> ${log}\n${more}\n`);
  chmodSync(command, 0o755);
  appendFileSync(home.profile, `on_trouble = ${command}  --for "the owner"\n`);
  return () => readFileSync(log, 'utf8').split('\n').slice(0, -1);
}

test('on_trouble is told once of each new trouble, and of nothing else', async (t) => {
  const { server, home } = await granted(t);
  const told = notifier(home);
  home.env.SECRET = 'x';
  home.env.HOME = '/somewhere';
  age(home);
  await keep(home);
  assert.deepEqual(told(), []);
  server.play({ script: answering(json({}, '429 Busy')) });
  age(home);
  const [line] = await keep(home, exit.later);
  await keep(home, exit.later);
  assert.deepEqual(told(), [
    `HOME=/somewhere|MOAT_PROFILE=drive|MOAT_TROUBLE=${line}|PATH=${process.env.PATH}|--for "the owner"`,
  ]);
  server.play({ script: refusal('invalid_grant') });
  await home.expect(exit.signIn, 'refresh');
  await keep(home, exit.signIn);
  await keep(home, exit.signIn);
  assert.equal(told().length, 2);
  assert.match(told()[1], /MOAT_TROUBLE=drive: .*invalid_grant.*moat login drive/);
  // The same trouble of a new sign-in is new, though no run of keep saw the grant alive in between.
  server.play({});
  await home.signIn();
  reseal(home, 'grant.a', (record) => record.writeUInt32LE(record.readUInt32LE(16) - 1000, 16));
  reseal(home, 'grant.b', (record) => record.writeUInt32LE(record.readUInt32LE(16) - 1000, 16));
  server.play({ script: refusal('invalid_grant') });
  age(home);
  await keep(home, exit.signIn);
  assert.equal(told().length, 3);
  server.play({});
  await home.signIn();
  await keep(home);
  assert.equal(told().length, 3);
});

test('on_trouble that fails is said, and told again', async (t) => {
  const { server, home } = await granted(t, { script: refusal('invalid_grant') });
  const inherited = `umask; ulimit -c; ${ignored}`; // it is what it was before moat
  const told = notifier(home, `(${inherited}) > ${home.dir}/inherited; exit 9`);
  const before = 'umask 027; ulimit -S -c $(ulimit -H -c)';
  const { out } = await home.run(['-c', inherited], { program: '/bin/sh', before });
  home.env.ASAN_OPTIONS = `${home.env.ASAN_OPTIONS ?? ''}:disable_coredump=0`; // a sanitizer takes the limit away, too
  age(home);
  for (let i = 1; i < 3; i += 1) {
    const [, line, ...more] = await keep(home, exit.signIn, [], { before });
    assert.equal(readFileSync(`${home.dir}/inherited`, 'utf8'), out);
    assert.match(line, /^drive: on_trouble: .*\/notify .* ended with status 9/);
    assert.deepEqual(more, []);
    assert.equal(told().length, i);
  }
  assert.equal(server.requests.length, 1);
});

test('on_trouble that is not there, or is no absolute path', async (t) => {
  const { home } = await granted(t, { script: refusal('invalid_grant') });
  age(home);
  const { err, out } = await home.ok('set', [`on_trouble=${home.dir}/none --mail`]);
  assert.match(err, /on_trouble: \S+\/none cannot be run: No such file[^]*changed all the same/);
  assert.match(out, /^The profile of drive is changed/);
  assert.match((await home.ok('set', [`on_trouble=${home.dir}`])).err, /cannot be run: not a regular file/);
  assert.match((await home.expect(exit.failed, 'doctor')).out, /^problem +on_trouble +\S+[^]*cannot be run: not a[^]*moat set drive\s+on_trouble=/m);
  await home.ok('set', ['on_trouble=/bin/sh']);
  assert.match((await home.call('doctor')).out, /^ok +on_trouble +\/bin\/sh can be run/m);
  await home.ok('set', [`on_trouble=${home.dir}/none`]);
  assert.match((await keep(home, exit.signIn))[1], /on_trouble: \S+\/none cannot be run: No such file/);
  appendFileSync(home.profile.replace('drive', 'bad'), 'on_trouble = notify\n', { mode: 0o600 });
  assert.match((await keep(home, exit.profile, ['bad']))[0], /on_trouble is not an absolute path/);
});

test('on_trouble of a profile that others can write is not run', async (t) => {
  const { home } = await granted(t, { script: refusal('invalid_grant') });
  const told = notifier(home);
  age(home);
  for (const mode of [0o620, 0o602, 0o666]) {
    chmodSync(home.profile, mode);
    await keep(home, exit.profile);
  }
  assert.deepEqual(told(), []);
});

/** Whether it is there, and does not only wait for whoever reaps orphans here. */
function isAlive(pid) {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('a signal ends keep and its command', async (t) => {
  const { home } = await granted(t, { script: refusal('invalid_grant') });
  const fifo = `${home.dir}/fifo`;
  execFileSync('mkfifo', [fifo]);
  notifier(home, `sleep 1000 & echo $! > ${fifo}; wait`); // and all that it started
  age(home);
  const running = home.start(['keep']);
  const pid = Number(await readFile(fifo, 'utf8'));
  running.kill('SIGTERM');
  const { signal, err } = await running.finished;
  assert.equal(signal, 'SIGTERM');
  assert.match(err, /by a signal/);
  assert.doesNotMatch(err, /did not end by itself/);
  const limit = Date.now() + unhurried / 10;
  while (isAlive(pid)) assert.ok(Date.now() < limit, 'what the command started is still there');
});

// ---- Warnings

const DAY = 86400;
const date = (days) => new Date((Math.floor(Date.now() / 1000 / DAY) + days) * DAY * 1000).toISOString().slice(0, 10);

/** The profile with another last day of its secret. */
function expires(home, days) {
  const text = readFileSync(home.profile, 'utf8').replace(/^secret_expires = .*\n/m, '');
  writeFileSync(home.profile, `${text}secret_expires = ${date(days)}\n`);
}

test("the secret's end is told once at each of 30, 14, 3 and 1 days before", async (t) => {
  const { home } = await granted(t);
  const told = notifier(home);
  expires(home, 31);
  assert.deepEqual(await keep(home), []);
  for (const [days, remembered] of [[30, 31], [14, 30], [3, 14], [1, 3]]) {
    expires(home, days);
    // As if the days had passed: the day is the same, and what was told of it.
    if (days < 30) writeFileSync(`${home.state}/keep`, keepFile(home, date(days), remembered));
    const [line, ...more] = await keep(home);
    assert.match(line, new RegExp(`^drive: warning: the client secret expires on ${date(days)}, in ${days} days?[.;] `));
    assert.deepEqual(more, []);
    for (let i = 0; i < 2; i += 1) assert.deepEqual(await keep(home), []);
  }
  assert.equal(told().length, 4);
  // A new secret has a new day.
  expires(home, 20);
  assert.equal((await keep(home)).length, 1);
  expires(home, 200);
  assert.deepEqual(await keep(home), []);
});

/** What keep remembers, with another day of the secret. */
function keepFile(home, day, left) {
  const text = readFileSync(`${home.state}/keep`, 'utf8');
  return text.replace(/^secret = .*$/m, `secret = ${Date.parse(day) / 1000 / DAY} ${left}`);
}

test('what keep remembers is for the owner alone, and a damaged file is made anew', async (t) => {
  const { home } = await granted(t);
  expires(home, 30);
  assert.equal((await keep(home)).length, 1);
  const file = `${home.state}/keep`;
  assert.equal(statSync(file).mode & 0o777, 0o600);
  for (const text of ['', 'secret = \u0000', 'secret', 'x'.repeat(5000), 'secret = 99999999999999999999999 -1\n']) {
    writeFileSync(file, text);
    assert.equal((await keep(home)).length, 1);
    assert.deepEqual(await keep(home), []);
  }
  assert.deepEqual(readdirSync(home.state).filter((name) => name.startsWith('temp.')), []);
});

test('what keep remembers waits for the lock: whoever has it removes files that look unfinished', async (t) => {
  const { home } = await granted(t);
  expires(home, 30);
  let wake;
  const holding = new Promise((resolve) => {
    wake = resolve;
  });
  const silent = await serve(t, { plain: true, script: async (connection) => (wake(), connection.stay()) });
  const holder = home.start(['refresh', home.name, '--proxy', `http://127.0.0.1:${silent.port}`]);
  await holding;
  const { code, err } = await home.run(['keep', '--timeout', '1']);
  assert.equal(code, exit.later, err);
  assert.match(err, /^drive: warning: .*\ndrive: cannot remember in .*: another moat is busy there/);
  holder.kill('SIGKILL');
  await holder.finished;
  assert.equal((await keep(home)).length, 1);
  assert.deepEqual(await keep(home), []);
});

test('an idle grant at a provider whose limit is known', async (t) => {
  const { server, home } = await granted(t, { script: sending([], 'reset') });
  const text = readFileSync(home.profile, 'utf8').replace('provider = custom', 'provider = google');
  writeFileSync(home.profile, text);
  age(home, 149 * DAY);
  assert.equal((await keep(home, exit.later)).length, 1);
  age(home, DAY);
  const [, line, ...more] = await keep(home, exit.later);
  assert.match(line, new RegExp(`^drive: warning: a grant that nobody refreshes ends on ${date(30)}, in 30 days`));
  assert.deepEqual(more, []);
  assert.equal((await keep(home, exit.later)).length, 1);
  server.play({});
  assert.deepEqual(await keep(home), []);
});

test('a sign-in without a refresh token: its end is told', async (t) => {
  const { refresh_token: _, ...rest } = tokens({ expires_in: 60 * DAY });
  const server = await serve(t, { script: answering(json(rest)) });
  const home = await signedIn(t, server);
  assert.deepEqual(await keep(home), []);
  age(home, 30 * DAY);
  assert.match((await keep(home))[0], /^drive: warning: the sign-in ends on .*, in 30 days.*moat login drive/);
  assert.deepEqual(await keep(home), []);
});

test('refresh warns on stderr as well, each time', async (t) => {
  const { home } = await granted(t);
  expires(home, 40);
  assert.equal((await home.ok('refresh')).err, '');
  expires(home, 3);
  for (let i = 0; i < 2; i += 1)
    assert.match((await home.ok('refresh')).err, /^moat: warning: the client secret expires on/);
});

// ---- Exports

test('keep brings the exports of a profile up to date, and only its own keys in them', async (t) => {
  const { home } = await granted(t);
  const [toml, env] = [`${home.dir}/Config.toml`, `${home.dir}/a file`];
  writeFileSync(toml, '# mine\n[other]\nkey = 1\n');
  appendFileSync(home.profile, `export = ballerina:${toml}\nexport = env:${env}\n`);
  const refreshed = async () => {
    assert.deepEqual(await keep(home), []);
    return JSON.parse((await home.ok('export', ['--format', 'json'])).out);
  };
  const first = await refreshed();
  age(home);
  const second = await refreshed();
  assert.notEqual(first.refresh_token, second.refresh_token);
  const text = readFileSync(toml, 'utf8');
  assert.ok(text.includes(`refreshToken = "${second.refresh_token}"`), text);
  assert.match(text, /# mine\n\[other\]\nkey = 1\n/);
  assert.ok(readFileSync(env, 'utf8').includes(`REFRESH_TOKEN='${second.refresh_token}'`));
  assert.ok(readFileSync(env, 'utf8').includes("ACCESS_TOKEN=''"), 'no access token');
});

test('an export that cannot be written: the others are, and the grant is kept', async (t) => {
  const { server, home } = await granted(t);
  const told = notifier(home);
  const good = `${home.dir}/env`;
  appendFileSync(home.profile, `export = env:${home.dir}/none/env\nexport = env:${good}\n`);
  age(home);
  const [line, ...more] = await keep(home, exit.failed);
  assert.match(line, /^drive: cannot write .*\/none\/env: /);
  assert.deepEqual(more, []);
  assert.equal(server.requests.length, 1);
  assert.match(readFileSync(good, 'utf8'), /REFRESH_TOKEN='./);
  await keep(home, exit.failed);
  assert.equal(told().length, 1);
});

test('export lines that are none', async (t) => {
  const { home } = await granted(t);
  const text = readFileSync(home.profile, 'utf8');
  for (const [value, code, pattern] of [
    ['xml:/x', exit.profile, /no format 'xml'/],
    ['json', exit.profile, /is not FORMAT:PATH/],
    [':/x', exit.profile, /is not FORMAT:PATH/],
    ['json:', exit.profile, /is not FORMAT:PATH/],
    ['json:x', exit.profile, /is not FORMAT:PATH with an absolute path/],
    [`json:/${'x'.repeat(2042)}`, exit.profile, /is too long/],
    [`json:/${'x'.repeat(1000)}\nexport = json:/${'x'.repeat(1040)}`, exit.profile, /is too long/],
  ]) {
    writeFileSync(home.profile, `${text}export = ${value}\n`);
    assert.match((await keep(home, code))[0], pattern);
  }
});

test('a program that renews its refresh token is followed', async (t) => {
  const { server, home } = await granted(t, {}, { more: ['--shared', 'yes'] });
  const file = `${home.dir}/Config.toml`;
  appendFileSync(home.profile, `export = ballerina:${file}\n`);
  assert.deepEqual(await keep(home), []);
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^refreshToken = .*/m, 'refreshToken = "of-the-program-01"'));
  age(home);
  assert.deepEqual(await keep(home), []);
  assert.deepEqual(server.requests.map(({ form }) => form.refresh_token), ['of-the-program-01']);
  assert.doesNotMatch(readFileSync(file, 'utf8'), /of-the-program-01/);
});

test("the end of a root in the profile's own ca is told, once", async (t) => {
  const { home } = await granted(t);
  const own = `${home.dir}/roots.pem`;
  const root = (days) => execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-keyout', '/dev/null', '-subj', '/CN=another', '-days', String(days)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const lab = readFileSync(roots, 'utf8');
  writeFileSync(home.profile, readFileSync(home.profile, 'utf8').replace(/^ca = .*/m, `ca = ${own}`));
  writeFileSync(own, lab + root(31));
  assert.deepEqual(await keep(home), []);
  writeFileSync(own, lab + root(14) + root(200));
  const [line, ...more] = await keep(home);
  assert.match(line, new RegExp(`^drive: warning: a root of trust ends on ${date(14)}, in 14 days. .*${own}`));
  assert.deepEqual(more, []);
  assert.deepEqual(await keep(home), []);
  rmSync(own);
  assert.match((await keep(home, exit.profile))[0], /^drive: cannot read the roots of trust in /);
});

test('moat set keeps the lines of export, and moat remove leaves nothing of keep', async (t) => {
  const { home } = await granted(t);
  const lines = `export = json:${home.dir}/one\nexport = env:${home.dir}/two\n`;
  appendFileSync(home.profile, lines);
  expires(home, 1);
  assert.equal((await keep(home)).length, 1);
  await home.ok('set', ['keep_days=3', 'shared=no']);
  assert.ok(readFileSync(home.profile, 'utf8').includes(lines));
  const set = async (...values) => {
    const { out } = await home.ok('set', values.map((value) => `export=${value}`));
    const text = readFileSync(home.profile, 'utf8');
    return [out.split('\n')[1].trim(), text.match(/^#? ?export =.*$/gm)];
  };
  const [one, two, three] = ['one', 'two', 'three'].map((name) => `env:${home.dir}/${name}`);
  assert.deepEqual((await set(one))[1], ['# export =', `export = ${one}`]);
  assert.deepEqual(await set(one, two, three), [
    `export: ${one} -> ${one} ${two} ${three}`,
    ['# export =', `export = ${one}`, `export = ${two}`, `export = ${three}`],
  ]);
  assert.deepEqual(await set(''), [`export: ${one} ${two} ${three} -> (none)`, ['# export =', '# export =']]);
  assert.deepEqual((await set(three, two))[1], [`export = ${three}`, `export = ${two}`, '# export =']);
  const long = 'x'.repeat(1100);
  await home.expect(exit.misuse, 'set', [`export=${one}${long}`, `export=${two}${long}`]);
  await home.ok('set', ['secret_file=$CREDENTIALS_DIRECTORY/id']);
  await home.ok('set', ['secret_file=' + `${home.dir}/the-secret`]);
  for (const name of ['one', 'two']) assert.ok(statSync(`${home.dir}/${name}`).size > 0);
  await home.ok('remove', ['--yes']);
  assert.deepEqual(readdirSync(home.dir).sort(), ['one', 'the-secret', 'two']);
});
