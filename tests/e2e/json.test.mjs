// Whatever JSON.parse reads and has a usable refresh token costs no grant: the reader of answers
// (build/probe) against it, on documents as odd as the grammar allows and on damaged ones.
// MOAT_SEED gives other documents.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { build } from './lab/paths.mjs';

const seed = Number(process.env.MOAT_SEED ?? 8259);
let state = seed;
const below = (n) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
};
const one = (...of) => of[below(of.length)];
const times = (n, make) => Array.from({ length: n }, make);

// Documents are made byte by byte, as strings of Latin-1, for not all of them are UTF-8.
const utf8 = (text) => Buffer.from(text).toString('latin1');
const space = () => times(one(0, 0, 0, 1, 3), () => one(' ', '\t', '\r', '\n')).join('');
const hex4 = (code) => {
  const digits = code.toString(16).padStart(4, '0');
  return one(digits, digits.toUpperCase());
};

/** A string of JSON for these characters of ASCII, some of them escaped. */
const quoted = (text) =>
  `"${Array.from(text, (c) => {
    if (below(6) === 0) return `\\u${hex4(c.charCodeAt(0))}`;
    if (c === '"' || c === '\\') return `\\${c}`;
    return c === '/' && below(2) ? '\\/' : c;
  }).join('')}"`;

const oddText = () =>
  `"${times(below(12), () =>
    one('a', '}', '{', ']', '[', ',', ':', ' ', '\\"', '\\\\', '\\n', '\\ud83d', '\\udc00', '\\u0000', '\\ud83d\\ude00', '\x7f',
      utf8('é'), utf8('€'), utf8('😀'), '\xff', '\xc3', '\xe2\x82', '\xed\xa0\xbd')).join('')}"`;
const oddNumber = () =>
  one('', '-') + one('0', '7', '2147483648', '123456789012345678901234567890') + one('', '.5', '.000') +
  one('', 'e0', 'E+5', 'e-300', 'e999');
const known = ['scope', 'expires_in', 'error_description', 'error_codes', 'id_token', 'interval'];
const oddName = () => one(oddText, () => quoted(one('', 'x', 'refresh_tokens', 'Refresh_Token', '__proto__', ...known)))();

function odd(levels) {
  const scalar = [oddText, oddNumber, () => one('true', 'false', 'null')];
  const list = () => `[${times(below(4), () => odd(levels - 1)).join(',')}${space()}]`;
  const object = () => `{${times(below(4), () => pair(oddName(), odd(levels - 1))).join(',')}${space()}}`;
  return space() + one(...scalar, ...(levels > 0 ? [list, object] : []))() + space();
}
const pair = (name, value) => `${space()}${name}${space()}:${value}`;
const nested = () => {
  const brackets = times(1 + below(3000), () => one('[]', '{}'));
  return brackets.map((b) => (b === '{}' ? '{"":' : '[')).join('') + '0' + brackets.reverse().map((b) => b[1]).join('');
};

const token = () => times(1 + below(30), () => String.fromCharCode(0x20 + below(0x5f))).join('');
const unusable = () => one('null', '""', '7', 'false', '[]', '{}', '["x"]', '"\\u00e9"', '"\\n"');

/** An answer with a usable refresh token; the last of its name, as JSON.parse has it. */
function answer() {
  const refresh = token();
  const members = times(below(8), () => pair(oddName(), one(odd, odd, odd, nested)(2)));
  const put = (text) => members.splice(below(members.length + 1), 0, text);
  put(pair(quoted('access_token'), quoted(token())));
  put(pair(quoted('error'), one('""', 'null', 'false', '429', '{"code":1}', '[]', '"\\ud800"')));
  const at = below(members.length + 1);
  members.splice(at, 0, pair(quoted('refresh_token'), quoted(refresh)));
  if (below(2)) members.splice(below(at + 1), 0, pair(quoted('refresh_token'), one(unusable(), quoted(token()))));
  return { refresh, text: `${one('', utf8('\uFEFF'))}${space()}{${members.join(',')}${space()}}${space()}` };
}

function damaged(text) {
  const at = below(text.length);
  const byte = one('"', '\\', '{', '}', '[', ']', ',', ':', ' ', '0', '-', '.', 'e', 'u', '\0', '\n', '\xff', 'a');
  return one(
    () => text.slice(0, at),
    () => text.slice(0, at) + byte + text.slice(at),
    () => text.slice(0, at) + byte + text.slice(at + 1),
    () => text.slice(0, at) + text.slice(at + 1),
    () => text + byte,
  )();
}

function probe(text) {
  const run = spawnSync(`${build}/probe`, ['token', '200'], { input: Buffer.from(text, 'latin1') });
  assert.equal(run.signal, null, `${run.stderr}`);
  return run.stdout.toString();
}

/** The object that JSON.parse reads, or undefined. */
function parsed(text) {
  try {
    const value = JSON.parse(new TextDecoder().decode(Buffer.from(text, 'latin1')));
    return value && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const shown = (text, i) => `MOAT_SEED=${seed}, ${i}: ${JSON.stringify(text)}`;

test('what JSON.parse reads has the same refresh token here', () => {
  for (let i = 0; i < 250; i += 1) {
    const { text, refresh } = answer();
    assert.equal(parsed(text)?.refresh_token, refresh, shown(text, i)); // or the test is wrong
    const out = probe(text);
    assert.ok(out.startsWith('{'), `${out}${shown(text, i)}`);
    assert.equal(parsed(Buffer.from(out).toString('latin1')).refresh_token, refresh, shown(text, i));
  }
});

test('what JSON.parse refuses is refused here, and nothing else is', () => {
  let refused = 0;
  for (let i = 0; i < 250; i += 1) {
    const text = damaged(answer().text);
    const accepted = parsed(text) !== undefined;
    refused += accepted ? 0 : 1;
    assert.equal(probe(text) !== 'error json - -\n', accepted, shown(text, i));
  }
  assert.ok(refused > 50 && refused < 245, `${refused}`);
});
