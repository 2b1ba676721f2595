// A year of a gateway: `moat keep` once a day, by the clock of libfaketime, against the real authorization server of the
// lab, whose clock goes along. What goes wrong in a year goes wrong in this one.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { clients } from './lab/clients.mjs';
import { Home, exit } from './lab/moat.mjs';
import { signIn } from './lab/person.mjs';
import { startLab } from './lab/server.mjs';

const DAY = 86400;
const realNow = Date.now;
let day = 0; // of the year: the lab's oidc-provider asks Date.now()
Date.now = () => realNow() + day * DAY * 1000;

const date = (n) => new Date(realNow() + n * DAY * 1000).toISOString().slice(0, 10);
const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);

/** A command on this day, or with the clock that many days off; with `full` it cannot write to any file. */
function onDay(home, args, { off = 0, full, ...options } = {}) {
  const clock = ['-f', '--exclude-monotonic', `${day + off >= 0 ? '+' : ''}${(day + off) * DAY}s`];
  const limit = full ? ['/bin/sh', '-c', 'ulimit -f 0; exec "$0" "$@"'] : [];
  return home.run([...clock, ...limit, home.moat, ...args], { ...options, program: 'faketime', env: { ...home.env, NO_FAKE_STAT: '1' } });
}

async function good(home, args, options) {
  const result = await onDay(home, args, options);
  assert.equal(result.code, exit.done, `day ${day}: ${result.err}`);
  return result;
}

const config = (home) => readFileSync(`${home.dir}/Config.toml`, 'utf8');
const exported = (home) => /^refreshToken = "([^"]+)"$/m.exec(config(home))[1];

async function started(t) {
  const lab = await startLab();
  t.after(() => lab.stop());
  const home = new Home(t);
  home.moat = home.program;
  await home.init(lab);
  const { url } = await home.url();
  await home.ok('exchange', [], { input: await signIn(url) });
  // A provider whose idle limit is known, at the lab's addresses.
  writeFileSync(home.profile, readFileSync(home.profile, 'utf8').replace('provider = custom', 'provider = entra'));
  writeFileSync(`${home.dir}/Config.toml`, '# by the owner\nport = 8080\n\n[drive]\nfolder = "backup"\n');
  await home.ok('set', [`export=ballerina:${home.dir}/Config.toml`, `secret_expires=${date(210)}`]);
  return { lab, home };
}

const skip = process.env.YEAR === 'no' && 'another build goes through it';

test('a year of moat keep', { timeout: 600000, skip }, async (t) => {
  const { lab, home } = await started(t);
  const said = new Map(); // by day
  const statuses = new Map();
  const keepAt = async (options) => {
    const { code, err, out } = await onDay(home, ['keep'], options);
    assert.equal(out, '');
    if (err) said.set(day, err);
    if (code) statuses.set(day, code);
  };

  const down = range(60, 63);
  const [refusing, past, ahead, full, secret] = [100, 120, 130, 140, 200];
  const off = range(250, 290);
  const tokens = new Set();
  for (day = 1; day <= 365; day += 1) {
    if (off.includes(day)) continue;
    if (day === down[0]) await lab.down();
    if (day === down.at(-1) + 1) await lab.up();
    lab.busy = day === refusing ? 3600 : undefined;
    if (day === secret) {
      await lab.replaceSecret(clients.post.id, 'n3w~secret');
      await good(home, ['secret', home.name, '--secret-expires', date(380)], { input: 'n3w~secret\n' });
    }
    await keepAt({
      off: day === past ? -9000 : day === ahead ? 700 : 0,
      full: day === full,
    });
    tokens.add(exported(home));
  }

  day = 365;
  assert.deepEqual(
    [...statuses].map(([d, code]) => [d, code]),
    [...down.map((d) => [d, exit.later]), [refusing, exit.later], [past, exit.later], [full, exit.failed]],
  );
  // Each warning on its day, and on no other. With the clock ahead, the secret seems to have ended.
  const warned = [...said].filter(([, text]) => /warning: the client secret/.test(text)).map(([d]) => d);
  assert.deepEqual(warned, [ahead, 180, 196, 350]);
  assert.deepEqual([...said.keys()].sort((a, b) => a - b), [...down, refusing, past, ahead, full, 180, 196, 350].sort((a, b) => a - b));
  assert.match(said.get(full), /^drive: the state in .* cannot be read or written: .*Nothing was sent/);
  for (const [d, text] of said) assert.match(text, /^(drive: [^\n]*\n)+$/, `day ${d}: ${text}`);

  // A refresh each day but those on which there was none, each with a new token, and the newest is in the file.
  assert.equal(tokens.size, 365 - off.length - statuses.size);
  assert.equal(config(home), `# by the owner\nport = 8080\n${/refreshToken[^[]*/.exec(config(home))[0]}[drive]\nfolder = "backup"\n`);
  assert.match(config(home), /^clientSecret = "n3w~secret"$/m);
  const { out } = await good(home, ['export', home.name, '--format', 'json']);
  assert.equal(JSON.parse(out).refresh_token, exported(home));
  await good(home, ['refresh', home.name]);
  assert.deepEqual(lab.errors, []);
});
