// What README.md and its like say is true as far as a program can tell, as TAP.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const read = (file) => readFileSync(file, 'utf8');
const readme = read('README.md'), makefile = read('Makefile'), manual = read('examples/cli/moat.1');
const all = (text, pattern) => [...text.matchAll(pattern)].map((found) => found[1]);
const pages = ['README.md', 'CHANGELOG.md', 'port/README.md', 'tests/README.md', 'tests/SITUATIONS.md', 'tests/size/README.md', 'tests/bench/README.md', 'tests/field/README.md'];

/** Each block of C stands, word for word, in a file of examples/, which are built and run. */
function strangeCode() {
  const sources = readdirSync('examples').filter((name) => name.endsWith('.c')).map((name) => read(`examples/${name}`));
  const blocks = all(readme, /^```c\n(.*?)^```$/gms);
  return blocks.length ? blocks.filter((code) => !sources.some((text) => text.includes(code))) : ['README.md shows no C'];
}

// `code` in a line, and what is not C in blocks.
const spoken = (text) => [...all(text, /`([^`\n]+)`/g), ...all(text, /^```sh\n(.*?)^```$/gms)].join('\n');
const targets = new Set(all(makefile, /^([a-z][\w.-]*)(?= [a-z].*:|:)/gm).concat(all(makefile, /^install(): all/gm).map(() => 'install')));
const helped = new Set(all(makefile, /^#.*?\bmake ([a-z][\w.-]*)/gm).concat(all(makefile, /; make ([a-z-]+)/g)));
const people = makefile.match(/^\.PHONY: help (.*\\\n)*.*/m)[0].replace(/\\\n/g, ' ').split(/\s+/).slice(1);

const strangeTargets = () => pages.flatMap((page) => all(spoken(read(page)), /\bmake ([a-z][\w.-]*)/g)
  .filter((target) => !targets.has(target)).map((target) => `${page}: make ${target}`));
const strangeCommands = () => all(spoken(readme), /^ *moat ([a-z]+)/gm).filter((name) => !new RegExp(`^\\.(It|Ic|Nm moat).*\\b${name}\\b`, 'm').test(manual));
const strangeOptions = () => all(spoken(readme).replace(/^.*(make|setup\.sh|--gc-sections).*$/gm, ''), /--([a-z][a-z-]*)/g)
  .filter((option) => !manual.includes(`Fl -${option}`));

/** Links, and what begins like a path of the tree. */
function strangePaths() {
  return pages.flatMap((page) => {
    const text = read(page);
    const links = all(text, /\]\(([^)#:]+)\)/g).map((path) => join(dirname(page), path));
    const paths = page === 'README.md' ? all(text, /`((?:include|src|port|examples|tests)\/[\w./-]*)`/g) : [];
    return [...links, ...paths.filter((path) => !/[A-Z]{4}\.c$/.test(path))].filter((path) => !existsSync(path)).map((path) => `${page}: ${path}`);
  });
}

function strangeRooms() {
  const table = readme.slice(readme.indexOf('| Room of `src/`')).split('\n\n')[0];
  const said = all(table, /^\| `(\w+)\/`/gm);
  const rooms = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return [...said.filter((room) => !rooms.includes(room)), ...rooms.filter((room) => !said.includes(room))];
}

const results = [
  ['the code in README.md is that of examples/', strangeCode()],
  ['targets of make are in the Makefile', strangeTargets()],
  ['make help has each target for people', people.filter((target) => !helped.has(target))],
  ['commands of moat are in the man page', strangeCommands()],
  ['options of moat are in the man page', strangeOptions()],
  ['paths are there', strangePaths()],
  ['the rooms of src/ are those of README.md', strangeRooms()],
  ['README.md has under 200 lines', readme.split('\n').length <= 200 ? [] : ['it has not']],
];
for (const [i, [name, wrong]] of results.entries()) {
  console.log(`${wrong.length ? 'not ok' : 'ok'} ${i + 1} - ${name}`);
  for (const line of wrong) console.log(line.replace(/^/gm, '# '));
}
console.log(`1..${results.length}`);
process.exitCode = results.some(([, wrong]) => wrong.length) ? 1 : 0;
