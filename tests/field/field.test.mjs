// The verdict on answers met in the field: each row of README.md, and each file of answers/, is what
// `probe answer` says.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { build, root } from '../e2e/lab/paths.mjs';

const folder = `${root}/tests/field`;
const page = readFileSync(`${folder}/README.md`, 'utf8');

/** What the probe prints of a body, and its exit status. */
function probe(args, body) {
  const { stdout, status, error } = spawnSync(`${build}/probe`, args, { input: body });
  if (error) throw error;
  return { said: stdout.toString().trimEnd(), status };
}

const answer = (asked, status, body, retryAfter) =>
  probe(['answer', asked, String(status), ...(retryAfter ? [retryAfter] : [])], body);

// ---- The page

const cells = (line) => line.split('|').slice(1, -1).map((cell) => cell.trim());

/** The rows of all tables with this head. */
function rows(head) {
  const found = [];
  let inside = false;
  page.split('\n').forEach((line, i) => {
    if (!line.startsWith('|')) inside = false;
    else if (cells(line)[0] === head) inside = true;
    else if (inside && !line.startsWith('|---')) found.push({ line: i + 1, cells: cells(line) });
  });
  return found;
}

/** The bytes that a cell stands for: "`…`, 20 KB" is filled up to that size, \xNN is one byte. */
function bytes(cell) {
  if (!cell) return Buffer.alloc(0);
  const [, text, count, unit] = /^`(.*)`(?:, (\d+) ([KM])B)?$/.exec(cell);
  const size = count * (unit === 'M' ? 1 << 20 : 1 << 10);
  const body = Buffer.from(
    text.replace(/\\x([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))).replace('…', '\0'),
    'latin1',
  );
  if (!count) return body;
  const at = body.indexOf(0);
  return Buffer.concat([body.subarray(0, at), Buffer.alloc(size - body.length + 1, 'x'), body.subarray(at + 1)]);
}

/** "in 90 s" is a date. The probe's clock may show the next second. */
function pause(cell) {
  const [, ahead] = /^in (-?\d+) s$/.exec(cell) ?? [];
  return ahead ? { value: new Date(Date.now() + ahead * 1000).toUTCString(), slack: 2 } : { value: cell, slack: 0 };
}

const answers = rows('Asked');

for (const { line, cells: [asked, status, body, retryAfter, need, definite, seconds] } of answers) {
  test(`line ${line}: ${asked} ${status} ${body.slice(0, 70)}`, () => {
    const { value, slack } = pause(retryAfter);
    const { said, status: exit } = answer(asked, status, bytes(body), value);
    const goes = need === 'nothing' || need === 'pending' || need === 'slow-down';
    assert.equal(exit, goes ? 0 : 1, said);
    if (!definite) return assert.equal(said, need);
    const [, before, n] = /^(.*) (\d+)$/.exec(said) ?? [];
    assert.equal(before, `need ${need} ${definite === 'yes' ? 'definite' : 'indefinite'}`, said);
    assert.ok(n <= Number(seconds) && n >= seconds - slack, said);
  });
}

test('the page has its rows', () => {
  assert.ok(answers.length >= 250, `${answers.length} answers`);
  assert.deepEqual(new Set(answers.map(({ cells: [asked] }) => asked)), new Set(['refresh', 'code', 'device', 'poll']));
});

// test_verdict.c has a line for each: {"what it is", {…}, "need", definite, seconds}.
test('results that are no answers: the page and the unit test have the same rows', () => {
  const source = readFileSync(`${root}/tests/unit/test_verdict.c`, 'utf8');
  const tested = [...source.matchAll(/\{"([^"]+)",\s*\{[^}]*\},\s*"([a-z-]+)",\s*(true|false),\s*(\d+)\}/g)];
  const shown = rows('Result');
  assert.ok(shown.length >= 25, `${shown.length} results`);
  assert.deepEqual(
    tested.map(([, what, need, definite, seconds]) => [what, need, definite === 'true' ? 'yes' : 'no', seconds]),
    shown.map(({ cells }) => cells),
  );
});

// ---- Files

const [head, ...lines] = readFileSync(`${folder}/answers/expected.tsv`, 'utf8').trimEnd().split('\n');
const names = head.split('\t');
const files = lines.map((line) => Object.fromEntries(line.split('\t').map((value, i) => [names[i], value])));
const needs = { SIGN_IN: 'sign-in', WAIT: 'wait', PROFILE: 'profile' };

// What Moat does not read: tokens that are not members of the object, a type that is not Bearer, an
// error that is no string, a device code under another name. The verdict on them is that of any
// answer that is not for Moat; nobody is told to sign in again.
const known = {
  'instagram-code-token.json': 'need profile indefinite 0',
  'withings-token.json': 'need profile indefinite 0',
  'ebay-token.json': 'need profile indefinite 0',
  'facebook-pending-error.json': 'need profile definite 0',
  'ecobee-device.json': 'need profile indefinite 0',
};
// A life that is longer than a number holds; the table has none for them.
const lives = { 'shape-exphuge-token.json': 2147483647, 'shape-expms-token.json': 2147483647 };

const bodyOf = ({ file }) => readFileSync(`${folder}/answers/${file}`);

const judges = {
  token(row) {
    const { said } = probe(['token', row.status], bodyOf(row));
    const token = JSON.parse(said);
    assert.equal(token.access_token, row.access_token);
    assert.equal(token.refresh_token ?? '', row.refresh_token);
    assert.equal(token.expires_in, lives[row.file] ?? (row.expires_in ? Number(row.expires_in) : undefined));
    assert.equal(answer('refresh', row.status, bodyOf(row)).said, 'need nothing indefinite 0');
  },
  device(row) {
    assert.equal(answer('device', row.status, bodyOf(row)).said, 'need nothing indefinite 0');
  },
  error(row) {
    if (row.note === 'pending') return assert.equal(answer('poll', row.status, bodyOf(row)).said, 'pending');
    assert.equal(answer('refresh', row.status, bodyOf(row)).said.split(' ')[1], needs[row.need]);
  },
};

/** What it is asked as where it is known not to be read. */
const askedAs = ({ kind, note }) => (kind === 'device' ? 'device' : note === 'pending' ? 'poll' : 'refresh');

for (const row of files.filter(({ need }) => need !== '?')) {
  test(`${row.file}`, () => {
    if (!known[row.file]) return judges[row.kind](row);
    assert.throws(() => judges[row.kind](row), `${row.file} is read after all`);
    assert.equal(answer(askedAs(row), row.status, bodyOf(row)).said, known[row.file]);
  });
}

test('at least 43 of the 46 token answers and errors are read', () => {
  const judged = files.filter(({ kind, need }) => kind === 'token' || needs[need]);
  assert.equal(judged.length, 46);
  assert.ok(judged.filter(({ file }) => !known[file]).length >= 43);
});
