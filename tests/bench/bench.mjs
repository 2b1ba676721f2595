// bench.mjs [--all | CELL...]: measures cells (cells.mjs), prints them with the gates of gates.txt, and writes the
// same to build/bench/table.txt. Without arguments it measures the cells of the gates that are marked `often`.
// A CELL may be the beginning of a name: moat/3.6/EC. Exits with 1 if a gate is exceeded.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { expected, matrix, moatOf, more, programs } from './cells.mjs';
import { median, run, tools } from './measure.mjs';
import { makeFiles, out, prepare, stopServers } from './prepare.mjs';
import { formatGates, formatPairs, formatTable, readGates } from './tables.mjs';

// ---- Measuring

/** Starts the cell's program once, and makes sure that it did what the cell's name says. */
async function start(cell, count, before = []) {
  const { home, argv } = programs[cell.program];
  if (home && cell.mode === 'full') rmSync(`${cell.home}/p/tls`, { force: true });
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
  const many = more[cell.mode];
  if (!many) return medians(cell, tool, 1, runs);
  const [few, lot] = [await medians(cell, tool, 1, runs), await medians(cell, tool, 1 + many, runs)];
  return Object.fromEntries(Object.keys(few).map((figure) => [figure, (lot[figure] - few[figure]) / many]));
}

async function measure(name) {
  const cell = await prepare(name);
  const peak = 1 + more[cell.mode];
  const { rss } = await medians(cell, tools.rusage, peak, 3);
  const heap = cell.tls === 'musl' || cell.program === 'curl-jq' ? {} : await medians(cell, tools.massif, peak, 1); // valgrind sees no static malloc()
  return { ...await counted(cell, tools.callgrind, 3), ...await counted(cell, tools.strace, 3), ...await counted(cell, tools.wire, 5), rss, ...heap };
}

/** CPU of one cell over that of another, run in turn: [first quartile, median, third quartile] of the ratios. */
async function pair([a, b, count = 1], runs = 15) {
  const cells = {};
  const ratios = [];
  for (const name of [a, b]) cells[name] = await prepare(name);
  for (let i = 0; i < runs; i += 1) {
    const cpu = {};
    for (const name of i % 2 ? [a, b] : [b, a]) ({ cpu: cpu[name] } = await tools.rusage((before) => start(cells[name], count, before)));
    ratios.push(cpu[a] / cpu[b]);
  }
  ratios.sort((x, y) => x - y);
  return [runs >> 2, runs >> 1, runs - 1 - (runs >> 2)].map((i) => ratios[i]);
}

// ---- The whole

const versions = Object.fromEntries(['system', '3.6', 'musl'].map((tls) => [tls, JSON.parse(execFileSync(moatOf(tls), ['--version', '--json'], { encoding: 'utf8' }))]));
const hasNewTls = (tls) => tls === 'openssl' || versions[tls].tls_1_3;
// The gates of `system` are those of the Mbed TLS that Debian 12 has.
const gates = readGates('tests/bench/gates.txt').filter(({ cell }) => !cell.includes('/system') || versions.system.mbedtls.startsWith('2.28'));
const cellsOf = (list) => list.flatMap(({ cell, over }) => [cell, over].filter(Boolean));

function choose(args) {
  if (args.includes('--all')) return [...matrix(hasNewTls), ...cellsOf(gates)];
  if (args.length) return matrix(hasNewTls).filter((name) => args.some((arg) => name.startsWith(arg)));
  return cellsOf(gates.filter(({ often }) => often));
}

const roots = makeFiles();
const results = new Map();
for (const name of new Set(choose(process.argv.slice(2)))) {
  process.stderr.write(`${name}\n`);
  results.set(name, await measure(name));
}
stopServers();

const title = `Mbed TLS ${versions.system.mbedtls} (system), ${versions['3.6'].mbedtls} (3.6, musl); ${roots} roots are all`;
const { lines, exceeded } = formatGates(gates, results);
const report = [title, '', ...formatTable(results), '', ...lines, ''].join('\n');
writeFileSync(`${out}/table.txt`, report);
console.log(report);
process.exitCode = exceeded ? 1 : 0;
