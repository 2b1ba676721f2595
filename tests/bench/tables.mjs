// The gates, and everything as text.
import { readFileSync } from 'node:fs';

// Each figure's name, and how it is shown.
export const figures = {
  instructions: (n) => (n / 1e6).toFixed(2),
  own: (n) => String(Math.round(n / 1000)),
  syscalls: (n) => n.toFixed(n % 1 ? 1 : 0),
  fsyncs: (n) => n.toFixed(n % 1 ? 1 : 0),
  packets: (n) => n.toFixed(n % 1 ? 1 : 0),
  bytes: (n) => n.toFixed(0),
  rss: (n) => (n / 1024).toFixed(2),
  heap: (n) => (n / 1000).toFixed(0),
};
const heads = ['M instr.', 'own k', 'syscalls', 'fsyncs', 'packets', 'bytes', 'RSS MiB', 'heap kB'];

/** Columns as wide as they must be; the first one on the left. */
export function columns(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => row.map((text, i) => (i ? text.padStart(widths[i]) : text.padEnd(widths[i]))).join('  ').trimEnd());
}

export const formatTable = (results) => columns([['cell', ...heads],
  ...[...results].map(([name, result]) => [name, ...Object.entries(figures).map(([figure, show]) => (result[figure] === undefined ? '-' : show(result[figure])))])]);

/** A line is WHAT FIGURE CELL OVER GATE GOAL [often], words between blanks, `-` for nothing; WHAT has _ for blanks. */
export const readGates = (file) => readFileSync(file, 'utf8').split('\n').filter((line) => line && !line.startsWith('#')).map((line) => {
  const [what, figure, cell, over, gate, goal, often] = line.split(/\s+/);
  if (!(figure in figures) || !(Number(gate) > 0)) throw new Error(`${file}: ${line}`);
  return { what: what.replaceAll('_', ' '), figure, cell, over: over === '-' ? null : over, gate: Number(gate), goal: goal === '-' ? null : Number(goal), often: often === 'often' };
});

const short = (n) => (n >= 1000 ? n.toFixed(0) : String(Number(n.toPrecision(3))));

/** The gates whose cells were measured. */
export function formatGates(gates, results) {
  let exceeded = 0;
  const rows = gates.filter(({ cell, over }) => results.has(cell) && (!over || results.has(over))).map(({ what, figure, cell, over, gate, goal }) => {
    const value = results.get(cell)[figure] / (over ? results.get(over)[figure] : 1);
    if (Number.isNaN(value)) return [what, 'not measured', short(gate), goal === null ? '-' : short(goal), ''];
    if (value > gate) exceeded += 1;
    return [what, short(value), short(gate), goal === null ? '-' : short(goal), value > gate ? 'OVER' : goal !== null && value > goal ? 'goal missed' : ''];
  });
  return { lines: columns([['', 'reached', 'gate', 'goal', ''], ...rows]), exceeded };
}

export const formatPairs = (pairs) => columns([['CPU, ratio of medians', 'quartile', 'median', 'quartile'], ...pairs]);
