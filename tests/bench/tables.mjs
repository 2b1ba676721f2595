// Everything as text: the cells, the gates, the pairs, and the data of the chart.
import { readFileSync } from 'node:fs';

const few = (n) => n.toFixed(n % 1 ? 1 : 0);
/** The figures of a cell: what stands above each in the table, and how it is shown. */
const figures = {
  instructions: ['M instr.', (n) => (n / 1e6).toFixed(2)],
  own: ['own k', (n) => (n ? (n / 1000).toFixed(0) : '-')], // none: the program is another's, or is stripped
  syscalls: ['syscalls', few],
  fsyncs: ['fsyncs', few],
  packets: ['packets', few],
  bytes: ['bytes', (n) => n.toFixed(0)],
  rss: ['RSS MiB', (n) => (n / 1024).toFixed(2)],
  heap: ['heap kB', (n) => (n / 1000).toFixed(0)],
};
const orDash = (n, show = short) => (n === undefined || n === null ? '-' : show(n));
const short = (n) => (n >= 1000 ? n.toFixed(0) : String(Number(n.toPrecision(3))));

/** Columns as wide as they must be, the first one on the left. No lines if there is only a head. */
function columns(rows) {
  if (rows.length === 1) return [];
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const cell = (text, i) => (i ? text.padStart(widths[i]) : text.padEnd(widths[i]));
  return rows.map((row) => row.map(cell).join('  ').trimEnd());
}

export function formatTable(results) {
  const shown = Object.entries(figures);
  const rows = [...results].map(([name, result]) => [name, ...shown.map(([figure, [, show]]) => orDash(result[figure], show))]);
  return columns([['cell', ...shown.map(([, [head]]) => head)], ...rows]);
}

/** gates.txt begins with what its lines are. */
export function readGates(file) {
  const number = (word) => (word === '-' ? null : Number(word));
  return readFileSync(file, 'utf8').split('\n').filter((line) => line && !line.startsWith('#')).map((line) => {
    const [what, figure, cell, divisor, gate, goal, often] = line.split(/\s+/);
    if (!(figure in figures) || !(Number(gate) > 0) || Number.isNaN(number(goal))) throw new Error(`${file}: ${line}`);
    return { what: what.replaceAll('_', ' '), figure, cells: [cell, divisor].filter((name) => name !== '-'),
      gate: Number(gate), goal: number(goal), often: often === 'often' };
  });
}

/** The gates whose cells were measured. */
export function formatGates(gates, results) {
  let exceeded = 0;
  const measured = gates.filter(({ cells }) => cells.every((name) => results.has(name)));
  const rows = measured.map(({ what, figure, cells, gate, goal }) => {
    const [value, divisor = 1] = cells.map((name) => results.get(name)[figure]);
    const reached = value / divisor;
    let word = goal !== null && reached > goal ? 'goal missed' : '';
    if (reached > gate) word = 'OVER';
    exceeded += word === 'OVER';
    return [what, Number.isNaN(reached) ? 'unknown' : short(reached), short(gate), orDash(goal), word];
  });
  return { lines: columns([['', 'reached', 'gate', 'goal', ''], ...rows]), exceeded };
}

export const formatPairs = (pairs) => columns([
  ['CPU, A ÷ B', 'requests', 'ms of A', 'of B', 'ratio: quartile', 'median', 'quartile', 'goal'],
  ...pairs.map(({ a, b, goal, requests, ms, ratio }) => [`${a} ÷ ${b}`, String(requests),
    ...ms.map((n) => n.toFixed(1)), ...ratio.map((n) => n.toFixed(2)), orDash(goal)]),
]);

const series = ['floor/3.6', 'library/3.6', 'moat/3.6', 'moat/musl', 'curl/openssl'];
const situations = { 'one/full': 'full, one root', 'all/full': 'full, all roots',
  'one/resumed': 'resumed, one root', 'all/resumed': 'resumed, all roots' };

/** What chart.gp draws: a line for each situation, a column for each program that was measured in one of them,
 * instructions in millions. Empty if there is none. */
export function chartData(results) {
  const name = (program, rest) => `${program}/EC/1.2/${rest}`;
  const value = (cell) => (results.has(cell) ? (results.get(cell).instructions / 1e6).toPrecision(3) : '?');
  const shown = series.filter((program) => Object.keys(situations).some((rest) => results.has(name(program, rest))));
  const head = ['-', ...shown.map((program) => `"${program.replace('/openssl', '')}"`)];
  const rows = Object.entries(situations)
    .map(([rest, label]) => [`"${label}"`, ...shown.map((program) => value(name(program, rest)))]);
  return shown.length ? [head, ...rows].map((row) => row.join(' ')).join('\n') : '';
}
