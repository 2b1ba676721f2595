// Exports into files that other programs own: 200 files made up at random, read back by Python's
// parsers. Only Moat's keys differ, and no other byte. MOAT_SEED repeats a run.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { signedIn } from './lab/moat.mjs';
import { answering, json, serve, tokens } from './lab/scripted.mjs';

const FILES = 200;
const seed = Number(process.env.MOAT_SEED ?? Math.floor(Math.random() * 2 ** 31));
if (existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm'; // a disk would take most of the time
console.log(`# MOAT_SEED=${seed}`);

/** Random numbers that the seed repeats. */
function dice(state) {
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  return {
    below,
    one: (...choices) => choices[below(choices.length)],
    some: (least, most, make) => Array.from({ length: least + below(most - least + 1) }, make),
    yes: (chance = 0.5) => next() < chance,
  };
}

/** A value that a parser may take for something else. */
const trap = (d) =>
  d.one('x', 'a = "b"', "it's", '# no comment', '[table]', 'refreshToken = 1', '}{', 'é€🔑', ']', ',', '\\');

// ---- TOML ----

const basic = (text) => JSON.stringify(text).replaceAll('\u007f', '\\u007f');
function tomlString(d) {
  const text = trap(d);
  return d.one(
    () => basic(text),
    () => (text.includes("'") ? basic(text) : `'${text}'`),
    () => `"""\n${d.some(0, 3, () => `${trap(d).replaceAll('\\', '\\\\')}\n`).join('')}"q"" ${d.one('\\\n   ', '')}"""`,
    () => `'''${d.one('\n', '')}${d.some(0, 3, () => `${trap(d)}\n`).join('')}''`.concat("'"),
  )();
}
function tomlValue(d, depth = 0) {
  const simple = [
    () => tomlString(d),
    () => d.one('1', '-17', '+0', '0xdead_BEEF', '0o7', '0b1', '1_000', '3.5', '-2e-7', 'inf', '-nan', '6.0E+3'),
    () => d.one('true', 'false'),
    () => d.one('1979-05-27', '07:32:00', '1979-05-27 07:32:00Z', '1979-05-27T00:32:00.5-07:00'),
  ];
  const nested = [
    () => `[${d.one('', ' ', '\n  # a, comment ]\n  ')}${d.some(0, 3, () => `${tomlValue(d, depth + 1)}${d.one(',', ' ,\n\t', ', # c\n')}`).join(' ')}]`,
    () => `{${d.one('', ' ')}${d.some(0, 3, (_, i) => i).map((i) => `k${i}.${d.one('a', '"b.c"', "'d'")} = ${tomlValue(d, depth + 1)}`).join(', ')} }`,
  ];
  return d.one(...simple, ...(depth < 2 ? nested : []))();
}
const comment = (d) => d.one('', '', '', ' # it is "so"', '\t#');
function tomlPair(d, i) {
  const key = d.one(`key-${i}`, `"k ${i}"`, `'k.${i}'`, `a${i} . "b"`, `d${i}.e.f`, `"refreshToken${i}"`);
  return `${d.one('', '', '  ', '\t')}${key}${d.one(' = ', '=', '\t=  ')}${tomlValue(d)}${comment(d)}\n`;
}
const noise = (d) => d.one('', '\n', '# a comment: refreshToken = "x"\n', '  \t\n');
const tomlPairs = (d, from) => d.some(0, 4, (_, i) => noise(d) + tomlPair(d, from + i)).join('');

/** @KEY@ stands where Moat's values go. */
function toml(d) {
  const keys = ['refreshToken', ...['clientId', 'clientSecret'].filter(() => d.yes(0.8))];
  if (d.yes()) keys.reverse();
  const place = d.one('root', 'root', 'table', 'dotted', 'inline', 'deep', 'none');
  const spelt = (key) => d.one(key, key, `"${key}"`, `'${key}'`);
  const lines = (prefix, blank = '') =>
    keys.map((key) => `${blank}${prefix}${spelt(key)} = @${key}@${comment(d)}\n${noise(d)}`).join('');
  const inline = () => `auth = { x = 1, ${keys.map((key) => `${spelt(key)} = @${key}@`).join(', ')}${d.one('', ', y.z = [1]')} }${comment(d)}\n`;
  const table = () => `[ auth${d.one('', '.deep')} ]${comment(d)}\n${tomlPairs(d, 20)}${lines('', d.one('', '  '))}${tomlPairs(d, 30)}`;
  const deep = () => `x = { ${keys.map((key) => `auth.${spelt(key)} = @${key}@`).join(', ')} }\n`;
  const root = { root: () => lines(''), dotted: () => lines('auth.'), inline, deep }[place]?.() ?? '';
  const own = place === 'table' ? table() : '';
  const tables = d.some(0, 3, (_, i) => `${noise(d)}[${d.one(`t${i}`, `"t ${i}".x`, '[arr]')}]\n${tomlPairs(d, 40 + 10 * i)}`);
  const template = `${tomlPairs(d, 0)}${root}${tomlPairs(d, 10)}${tables.slice(0, 1).join('')}${own}${tables.slice(1).join('')}`;
  const where = { dotted: ['auth'], inline: ['auth'], deep: ['x', 'auth'], table: template.includes('[ auth.deep ]') ? ['auth', 'deep'] : ['auth'] }[place] ?? [];
  return { template, where, keys: place === 'none' ? [] : keys, old: () => tomlString(d), write: basic };
}

// ---- JSON ----

function jsonValue(d, depth = 0) {
  return d.one(
    () => JSON.stringify(trap(d)),
    () => d.one('1', '-0.5e+7', 'true', 'false', 'null', '"\\u00e9\\ud83d\\udd11\\/"'),
    () => (depth > 2 ? '[]' : `[${d.some(0, 3, () => jsonValue(d, depth + 1)).join(d.one(',', ' ,\n '))}]`),
    () => (depth > 2 ? '{ }' : `{${d.some(0, 3, (_, i) => `"refresh_token${i || ''}": ${jsonValue(d, depth + 1)}`).join(', ')}}`),
  )();
}
function jsonFile(d) {
  const own = ['refresh_token', ...['client_id', 'client_secret', 'token_url', 'scope'].filter(() => d.yes(0.7))];
  const keys = d.yes(0.85) ? own : [];
  const stale = ['access_token', 'token_type', 'expires_at'].filter(() => d.yes(0.3));
  const members = [
    ...keys.map((key) => `"${key.replace('s', d.one('s', '\\u0073'))}"${d.one('', ' ')}: @${key}@`),
    ...stale.map((key) => `"${key}": "stale"`),
    ...d.some(0, 4, (_, i) => `"k${i}": ${jsonValue(d)}`),
  ];
  for (let i = members.length; i > 1; i--) {
    const other = d.below(i);
    [members[i - 1], members[other]] = [members[other], members[i - 1]];
  }
  const gap = d.one('', ' ', '\n  ', '\n\t');
  const template = d.yes(0.05) ? '' : `{${gap}${members.join(`,${gap}`)}${gap && '\n'}}\n`;
  return { template, where: [], keys: template ? keys : [], stale, old: () => JSON.stringify(trap(d)), write: JSON.stringify };
}

// ---- rclone.conf

function iniFile(d) {
  const keys = d.yes(0.8) ? ['token', ...(d.yes(0.8) ? ['client_secret'] : [])] : [];
  const pairs = (from) =>
    d.some(0, 4, (_, i) => `${d.one('', '\n', '# a comment\n', '; token = {}\n')}k${from + i}${d.one(' = ', '=')}${trap(d).trim()}\n`).join('');
  const own = keys.map((key) => `${key}${d.one(' = ', '=', ' =  ')}@${key}@\n`).join('');
  const name = d.one('drive', 'my drive', 'é-1');
  const section = `[${name}]\n${pairs(0)}type = onedrive\nclient_id = web-post\n${own}${pairs(10)}`;
  const others = d.some(0, 2, (_, i) => `${d.one('', '\n', '# c\n')}[other ${i}]\n${pairs(20)}client_id = another\ntoken = {"refresh_token":"theirs"}\n`);
  const template = d.yes() ? section + others.join('') : others.join('') + section;
  return { template, where: [name], keys, old: (key) => (key === 'token' ? d.one('', '{"access_token":"x","refresh_token":"y","extra":[1]}') : 'old'), write: (text) => text };
}

const kinds = {
  ini: { make: iniFile, format: 'rclone', values: { client_secret: 'client_secret', token: 'token' } },
  toml: { make: toml, format: 'ballerina', values: { refreshToken: 'refresh_token', clientId: 'id', clientSecret: 'secret' } },
  json: {
    make: jsonFile,
    format: 'json',
    values: Object.fromEntries(['client_id', 'client_secret', 'token_url', 'refresh_token', 'scope'].map((k) => [k, k])),
    gone: ['access_token', 'token_type', 'expires_at'],
  },
};

/** With line ends, a byte order mark and an end like those of the most careless editor. */
function dress(d, text) {
  const crlf = d.yes(0.3);
  const bare = d.yes(0.3) ? text.replace(/\n$/, '') : text;
  return (d.yes(0.2) ? '\ufeff' : '') + (crlf ? bare.replaceAll('\n', '\r\n') : bare);
}

const fill = (text, value) => text.replaceAll(/@(\w+)@/g, (_, key) => value(key));
/** What becomes of a token of rclone's. */
const rcloneToken = (old, fresh) => {
  const token = { ...JSON.parse(old || '{"access_token":"","token_type":"Bearer"}') };
  return JSON.stringify({ ...token, access_token: 'ended', refresh_token: fresh.refresh_token, expiry: '2000-01-01T00:00:00Z' });
};

for (const [kind, { make, format, values, gone = [] }] of Object.entries(kinds))
  test(`${FILES} files of ${kind}: only Moat's keys are changed`, async (t) => {
    const fresh = tokens({ expires_in: 1, scope: 'a "b"' });
    const server = await serve(t, { script: answering(json(fresh)) });
    const home = await signedIn(t, server, { secret: 'S3"cret\\ é' });
    await home.expired();
    const facts = {
      refresh_token: fresh.refresh_token, id: 'web-post', secret: 'S3"cret\\ é', scope: 'a "b"',
      client_id: 'web-post', client_secret: 'S3"cret\\ é', token_url: server.tokenUrl,
    };
    const d = dice(seed);
    const cases = [];
    for (let i = 0; i < FILES; i++) {
      const { template, where, keys, old, write } = make(d);
      const dressed = dress(d, template);
      const [before, after] = ['before', 'after'].map((name) => `${home.dir}/${i}.${name}`);
      let token;
      const given = fill(dressed, (key) => (key === 'token' ? (token = old(key)) : old(key)));
      writeFileSync(before, given);
      writeFileSync(after, given);
      await home.ok('export', ['--format', format, '-o', after]);
      const wanted = Object.fromEntries(Object.entries(values).map(([key, fact]) => [key, facts[fact]]));
      if (kind === 'ini') wanted.token = rcloneToken(token, fresh);
      cases.push({ format: kind, before, after, keys: wanted, where, gone });
      if (kind === 'json' || keys.length < Object.keys(values).length) continue;
      assert.equal(readFileSync(after, 'utf8'), fill(dressed, (key) => write(wanted[key])), `file ${i}, byte for byte`);
    }
    const script = new URL('lab/read_back.py', import.meta.url).pathname;
    const wrong = JSON.parse(execFileSync('python3', [script], { input: JSON.stringify(cases), maxBuffer: 1 << 26 }));
    wrong.forEach((what, i) => assert.equal(what, '', `${cases[i].after}:\n${readFileSync(cases[i].before, 'utf8')}\n---\n${readFileSync(cases[i].after, 'utf8')}`));
  });
