// The table of tests/SITUATIONS.md, as TAP: it has 60 rows, and each row's test has its words and expects its exit status.
import { existsSync, readFileSync } from 'node:fs';

process.chdir(new URL('../..', import.meta.url).pathname);
const statuses = ['done', 'failed', 'misuse', 'signIn', 'later', 'profile']; // of tests/e2e/lab/moat.mjs, by number
const name = String.raw`\bexit\.(\w+)`;

const documented = new Set([...readFileSync('README.md', 'utf8').matchAll(/^\| (\d) \| /gm)].map(([, status]) => status)).add('signal');
const table = readFileSync('tests/SITUATIONS.md', 'utf8');

const rowsOf = (text) => text.split('\n').filter((line) => line.startsWith('| ')).map((line) => line.slice(2, -2).split(' | '))
  .filter(([first]) => first !== 'Situation')
  .map(([situation, words, status, test]) => ({ situation, words: words?.split(' … ') ?? [], status, test: test?.replaceAll('`', '') }));

/** The tests of a file as texts, each with the tables and helpers before it. Patterns are unescaped. */
function testsOf(file) {
  const tests = [];
  let before = '';
  for (const part of readFileSync(`tests/${file}`, 'utf8').replace(/\\(?=[^\w\s])/g, '').replace(/\\s\+/g, ' ').split(/\n\n(?=\S)/)) {
    before += `${part}\n\n`;
    if (!/\btest\(/.test(part)) continue;
    tests.push(before);
    before = '';
  }
  return tests;
}

const holds = (text, piece) => text.toLowerCase().includes(piece.toLowerCase());

/** Whether the test names the status; where a line has words and a status, it must be this one. */
function expects(test, words, status) {
  const named = (text) => [...text.matchAll(new RegExp(name, 'g'))].map(([, each]) => each).concat(/\bok\(|\bkeep\(home\)/.test(text) ? 'done' : [])
    .concat(/equal\([^;]*\bsignal, (signal|'SIG)/.test(text) ? 'signal' : []);
  const lines = test.split('\n').filter((line) => words.some((piece) => holds(line, piece))).flatMap(named);
  return (lines.length ? lines : named(test)).includes(statuses[status] ?? status);
}

function wrong({ situation, words, status, test }) {
  if (!documented.has(status)) return `${situation}: '${status}' is no exit status`;
  if (!/\.test\.mjs$/.test(test) || !existsSync(`tests/${test}`)) return `${situation}: there is no test ${test}`;
  if (words.some((piece) => piece.trim().length < 3)) return `${situation}: words that could stand anywhere`;
  const having = testsOf(test).filter((text) => words.every((piece) => holds(text, piece)));
  if (!having.length) return `${situation}: ${test} has no test with '${words.join(' … ')}'`;
  return having.some((text) => expects(text, words, status)) ? undefined : `${situation}: ${test} does not expect ${status}`;
}

const rows = rowsOf(table);
const repeated = rows.map(({ situation }) => situation).filter((each, i, all) => all.indexOf(each) !== i);

/** Each of these changes to the table must be found. */
const seeds = [['Did you mean … login | 2', 'Did you mean … login | 3'], ['a sign-in of its own | 4', 'a sign-in of its own | 6'],
  ['cannot resolve nowhere.invalid', 'cannot find nowhere.invalid'], ['`e2e/roots.test.mjs`', '`e2e/rots.test.mjs`']];
const unseen = () => seeds.filter(([was, is]) => !table.includes(was) || rowsOf(table.replace(was, is)).every((row) => !wrong(row)));

const results = [
  ['there are 60 situations or more', rows.length >= 60 ? [] : [`there are ${rows.length}`]],
  ['no situation comes twice', repeated],
  ['each has its words and its exit status in its test', rows.map(wrong).filter(Boolean)],
  ['a wrong row is found', unseen().map(([was, is]) => `${was} -> ${is}`)],
];
for (const [i, [title, found]] of results.entries()) {
  console.log(`${found.length ? 'not ok' : 'ok'} ${i + 1} - ${title}`);
  for (const line of found) console.log(`# ${line}`);
}
console.log(`# ${rows.length} situations\n1..${results.length}`);
process.exitCode = results.some(([, found]) => found.length) ? 1 : 0;
