// coverage.mjs GCOV-OUTPUT: a table of src/ from gcov's JSON, one document a line; fails past a gate.
import { readFileSync } from 'node:fs';

const gates = { lines: 100, branches: 97 }; // per cent of src/ that run, at least

const linesOf = (text) => text.split('\n').filter((line) => line && !line.startsWith('#'));
const files = new Map(); // name -> number of a line -> { count, branches: counts }
for (const document of linesOf(readFileSync(process.argv[2], 'utf8'))) {
  for (const { file, lines } of JSON.parse(document).files) {
    if (!file.startsWith('src/')) continue;
    const known = files.get(file) ?? files.set(file, new Map()).get(file);
    for (const { line_number: number, count, branches } of lines) {
      const line = known.get(number) ?? known.set(number, { count: 0, branches: [] }).get(number);
      line.count += count; // a header's inline function is in several objects
      branches.forEach((branch, i) => (line.branches[i] = (line.branches[i] ?? 0) + branch.count));
    }
  }
}

const failures = [];
for (const entry of linesOf(readFileSync(new URL('unreached.txt', import.meta.url), 'utf8'))) {
  const [file, text] = entry.split('\t');
  const number = files.has(file) ? readFileSync(file, 'utf8').split('\n').findIndex((line) => line.trim() === text) + 1 : 0;
  const line = files.get(file)?.get(number);
  if (line?.count === 0) line.count = 1;
  else failures.push(`unreached.txt: ${file} has no line that is never run and reads ${text}`);
}

const tally = (counts) => ({ all: counts.length, run: counts.filter((count) => count > 0).length });
const percent = ({ all, run }) => (100 * run) / all;
const cell = (t) => `${t.run}/${t.all}`.padStart(11) + (t.all ? `${(Math.floor(percent(t) * 10) / 10).toFixed(1)} %` : '').padStart(9);
const row = (name, { lines, branches }, missing) => console.log(`${name.padEnd(26)}${cell(lines)}${cell(branches)}  ${missing}`.trimEnd());

const total = { lines: [], branches: [] };
console.log(`${'file'.padEnd(26)}${'lines'.padStart(11)}${'branches'.padStart(20)}           not run: lines; branches of lines`);
for (const [name, known] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const lines = [...known].sort(([a], [b]) => a - b);
  const numbers = (test) => lines.filter(([, line]) => test(line)).map(([number]) => number).join(' ') || '-';
  const unrun = numbers((line) => !line.count);
  const half = numbers((line) => line.count && line.branches.includes(0));
  const counts = { lines: lines.map(([, line]) => line.count), branches: lines.flatMap(([, line]) => line.branches) };
  for (const kind in total) total[kind].push(...counts[kind]);
  row(name, { lines: tally(counts.lines), branches: tally(counts.branches) }, unrun + half === '--' ? '' : `${unrun}; ${half}`);
}
row('src/', { lines: tally(total.lines), branches: tally(total.branches) }, '');

for (const [kind, least] of Object.entries(gates)) {
  const reached = percent(tally(total[kind]));
  if (reached >= least) console.log(`ok    ${kind}: ${reached.toFixed(2)} %, ${least} % at least`);
  else failures.push(`${kind}: ${reached.toFixed(2)} %, ${least} % at least`); // nothing measured, too
}
for (const failure of failures) console.log(`FAIL  ${failure}`);
process.exitCode = failures.length ? 1 : 0;
