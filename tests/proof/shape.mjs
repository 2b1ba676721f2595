// shape.mjs [-v]: files and functions are short enough to be read at once, and comments are neither rare nor a crowd.
// Prints TAP; -v lists the longest functions and each file's share of comments as well. The tree is formatted, so a
// function begins at an unindented line that ends in " {" and has a "(" before it, and ends at the next "}" in the
// first column.
import { readFileSync, readdirSync } from 'node:fs';

process.chdir(new URL('../..', import.meta.url).pathname);
const verbose = process.argv.includes('-v');
const files = (folder, suffix) => readdirSync(folder, { recursive: true })
  .filter((name) => name.endsWith(suffix)).map((name) => `${folder}/${name}`).sort();
const linesOf = (file) => readFileSync(file, 'utf8').trimEnd().split('\n');

function functionsOf(file) {
  const found = [];
  let start;
  linesOf(file).forEach((line, at) => {
    if (/^[a-z].*\(/.test(line) && !/^(typedef|enum|struct)\b|;$| = /.test(line)) start = at;
    else if (line === '}' && start !== undefined) {
      found.push({ at: `${file}:${start + 1}`, lines: at - start + 1 });
      start = undefined;
    }
  });
  return found;
}

/** Lines that have a comment, by lines that have code. */
function comments(names) {
  let comment = 0, code = 0, inside = false;
  for (const name of names)
    for (const raw of linesOf(name)) {
      const line = raw.trim();
      if (!line) continue;
      if (inside || line.includes('/*') || /(^|\s)\/\//.test(line)) comment++;
      if (!inside && !/^\/[*/]/.test(line)) code++;
      if (inside ? line.includes('*/') : line.lastIndexOf('/*') > line.lastIndexOf('*/')) inside = !inside;
    }
  return comment / code;
}

let n = 0;
function check(name, offenders) {
  console.log(`${offenders.length ? 'not ok' : 'ok'} ${++n} - ${name}`);
  for (const offender of offenders) console.log(`# ${offender}`);
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
for (const [folder, most] of [['src', 350], ['port', 350], ['examples/cli', 300]]) {
  const sources = files(folder, '.c');
  check(`no file of ${folder} is over ${most} lines`,
    sources.map((file) => [file, linesOf(file).length]).filter(([, lines]) => lines > most).map((over) => over.join(': ')));
  const functions = sources.flatMap(functionsOf).sort((a, b) => b.lines - a.lines);
  if (verbose) for (const f of functions.slice(0, 12)) console.log(`# ${f.lines} ${f.at}`);
  check(`no function of ${folder} is over 60 lines`, functions.filter((f) => f.lines > 60).map((f) => `${f.at}: ${f.lines}`));
  const middle = median(functions.map((f) => f.lines));
  check(`the median function of ${folder} has at most 15 lines`, middle > 15 ? [middle] : []);
  if (verbose) console.log(`# median ${middle}`);
}

const rooms = (folder) => readdirSync(folder, { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => `${folder}/${e.name}`);
const share = (name, names, least, most) => {
  const ratio = comments(names).toFixed(2);
  if (verbose) console.log(`# ${ratio} ${name}`);
  return ratio < least || ratio > most ? [`${name}: ${ratio} of ${least} to ${most}`] : [];
};
// src/words is tables of texts, which explain themselves.
check('each room has 0.12 to 0.30 lines of comment for a line of code', [...rooms('src'), ...rooms('examples/cli'), 'port/posix', 'port/sockets', 'port/freertos']
  .filter((room) => room !== 'src/words')
  .flatMap((room) => share(room, files(room, '.c'), 0.12, 0.3)));
check('the public headers have 0.6 to 1.5', share('include/moat', files('include/moat', '.h'), 0.6, 1.5));
if (verbose) for (const h of files('include/moat', '.h')) share(h, [h], 0, 9);
console.log(`1..${n}`);
