// bench.mjs [--all | --pairs [CELL] | CELL...]: measures cells (cells.mjs), prints them with the gates of gates.txt, and
// writes the same to build/bench/table.txt, and a chart beside it. Without arguments it measures the cells of the
// gates that are marked `often`; with --all every cell and the pairs, which README.md then shows; with --pairs these
// alone, or those of a CELL. A CELL may be the beginning of a name: moat/3.6/EC. Exits with 1 if a gate is exceeded.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expected, least, matrix, moatOf, more, pairs, programs } from './cells.mjs';
import { median, run, tools } from './measure.mjs';
import { makeAccounts, makeFiles, out, prepare, stopServers } from './prepare.mjs';
import { chartData, formatGates, formatPairs, formatTable, readGates } from './tables.mjs';

// ---- Measuring

/** Starts the cell's program once, and makes sure that it did what the cell's name says. */
async function start(cell, count, before = []) {
  const { home, accounts, argv } = programs[cell.program];
  if (home && cell.mode === 'full') rmSync(`${cell.home}/p/tls`, { force: true });
  if (accounts) makeAccounts(cell, count);
  cell.server.take();
  const report = await run([...before, ...argv(cell, count)], { env: home ? { MOAT_HOME: cell.home } : {} });
  await cell.server.quiet();
  const [seen, wanted] = [cell.server.take(), expected(cell, count)].map((what) => JSON.stringify(what));
  if (seen !== wanted) throw new Error(`${cell.name}: the server saw ${seen} and not ${wanted}`);
  return report;
}

async function medians(cell, tool, count, runs) {
  const all = [];
  for (let i = 0; i < runs; i += 1) all.push(await tool((before) => start(cell, count, before), cell.port));
  return Object.fromEntries(Object.keys(all[0]).map((figure) => [figure, median(all.map((one) => one[figure]))]));
}

/** Of a process, or what one more request costs in it. A peak is always that of the whole process. */
async function counted(cell, tool, runs) {
  const first = least(cell), many = more(cell);
  if (!many) return medians(cell, tool, 1, runs);
  const [few, lot] = [await medians(cell, tool, first, runs), await medians(cell, tool, first + many, runs)];
  return Object.fromEntries(Object.keys(few).map((figure) => [figure, (lot[figure] - few[figure]) / many]));
}

async function measure(name) {
  const cell = await prepare(name);
  const peak = least(cell) + more(cell);
  const chance = cell.mode === 'full' || cell.version === '1.3'; // new keys each time, and not all take as long
  const hidden = cell.tls === 'musl' || cell.program === 'curl-jq'; // a static malloc(), and many processes
  return {
    ...await counted(cell, tools.callgrind, chance ? 3 : 1),
    ...await counted(cell, tools.strace, 3),
    ...await counted(cell, tools.wire, 5),
    rss: (await medians(cell, tools.rusage, peak, 3)).rss,
    ...(hidden ? {} : await medians(cell, tools.massif, peak, 1)),
  };
}

/** CPU of two programs that run in turn: the median of each in ms, and the quartiles of the ratios. */
async function compare([a, b, goal, requests = 1], runs = 15) {
  const cells = [await prepare(a, '-a'), await prepare(b, '-b')], ms = [[], []];
  for (let i = 0; i < runs; i += 1)
    for (const which of i % 2 ? [0, 1] : [1, 0]) {
      const { cpu } = await tools.rusage((before) => start(cells[which], requests, before));
      ms[which].push(cpu / 1000);
    }
  const ratios = ms[0].map((n, i) => n / ms[1][i]).sort((x, y) => x - y);
  return { a, b, goal, requests, ms: ms.map(median), ratio: [1, 2, 3].map((i) => ratios[Math.floor(runs * i / 4)]) };
}

// ---- The whole

const args = process.argv.slice(2);
const readme = 'tests/bench/README.md'; // it shows the last whole table
const say = (text) => process.stderr.write(`${text}\n`);
const about = (tls) => JSON.parse(execFileSync(moatOf(tls), ['--version', '--json'], { encoding: 'utf8' }));
const versions = Object.fromEntries(['system', '3.6', 'musl'].map((tls) => [tls, about(tls)]));
const hasNewTls = (tls) => tls === 'openssl' || versions[tls].tls_1_3;
const isMeasuredOne = versions.system.mbedtls.startsWith('2.28'); // the gates of `system` are those of Debian 12's
const gates = readGates('tests/bench/gates.txt').filter(({ cells }) => isMeasuredOne || !cells[0].includes('/system'));
const cellsOf = (list) => list.flatMap(({ cells }) => cells);

function choose() {
  if (args[0] === '--pairs') return [];
  if (args[0] === '--all') return [...matrix(hasNewTls), ...cellsOf(gates)];
  if (args.length) return matrix(hasNewTls).filter((name) => args.some((arg) => name.startsWith(arg)));
  return cellsOf(gates.filter(({ often }) => often));
}

const roots = makeFiles();
const commit = spawnSync('git', ['log', '-1', '--format=, commit %h of %cs'], { encoding: 'utf8' }).stdout ?? '';
const title = `Moat ${versions.system.version}${commit.trim()}; Mbed TLS ${versions.system.mbedtls} (system), ${versions['3.6'].mbedtls} (3.6, musl); ${roots} roots are all`;
const results = new Map(), compared = [];

/** Everything so far, in build/bench. */
function write() {
  const { lines, exceeded } = formatGates(gates, results);
  const parts = [[title], formatTable(results), lines, formatPairs(compared)].filter((part) => part.length);
  const text = parts.map((part) => part.join('\n')).join('\n\n');
  writeFileSync(`${out}/table.txt`, `${text}\n`);
  return { text, exceeded };
}

for (const name of new Set(choose())) {
  say(name);
  results.set(name, await measure(name));
  write();
}
const chosen = pairs.filter(([a]) => a.startsWith(args[1] ?? ''));
for (const pair of ['--all', '--pairs'].includes(args[0]) ? chosen : []) {
  say(`${pair[0]} ÷ ${pair[1]}`);
  compared.push(await compare(pair));
  write();
}
stopServers();

const { text, exceeded } = write();
console.log(text);
if (args[0] === '--all') {
  const page = readFileSync(readme, 'utf8');
  writeFileSync(readme, page.replace(/^```text\n.*^```$/ms, () => `\`\`\`text\n${text}\n\`\`\``));
}
const chart = chartData(results);
if (chart) {
  writeFileSync(`${out}/chart.dat`, chart);
  execFileSync('gnuplot', ['tests/bench/chart.gp'], { stdio: 'inherit' });
}
process.exitCode = exceeded ? 1 : 0;
