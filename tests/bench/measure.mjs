// Runs a program, plain or under a tool that counts, and reads what the tool wrote.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { count } from './count.mjs';

export const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const helpers = 'build/bench/system/bench';
const scratch = 'build/bench/scratch';
const patience = 300000;

/** Runs it to its end; returns what it wrote to its descriptor 3. */
export async function run(argv, { env, input = '' } = {}) {
  const child = spawn(argv[0], argv.slice(1),
    { env: { PATH: process.env.PATH, ...env }, stdio: ['pipe', 'ignore', 'pipe', 'pipe'], timeout: patience });
  let error = '', report = '';
  child.stderr.on('data', (data) => { error += data; });
  child.stdio[3].on('data', (data) => { report += data; });
  child.stdin.on('error', () => {}).end(input);
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${signal ?? code}\n${error}`);
  return report;
}

function fresh() {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
}
const written = () => readdirSync(scratch).map((name) => `${scratch}/${name}`);

/** Each counts one run of `argv`: start() runs it, with something before, and waits until its connections are closed. */
export const tools = {
  async callgrind(start) {
    fresh();
    await start(['valgrind', '-q', '--tool=callgrind', '--trace-children=yes', `--callgrind-out-file=${scratch}/%p`]);
    const counts = written().map(count);
    return { instructions: sum(counts.map(({ all }) => all)), own: sum(counts.map(({ own }) => own)) };
  },
  async strace(start) {
    fresh();
    await start(['strace', '-f', '-c', '-o', `${scratch}/strace`]);
    const lines = readFileSync(`${scratch}/strace`, 'latin1').split('\n').map((line) => line.trim().split(/\s+/));
    const calls = (wanted) => sum(lines.filter((words) => wanted(words.at(-1))).map((words) => Number(words[3])));
    return { syscalls: calls((name) => name === 'total'), fsyncs: calls((name) => /^f(data)?sync$/.test(name)) };
  },
  async wire(start, port) {
    const child = spawn(`${helpers}/wire`, [String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (data) => { text += data; });
    const ended = once(child, 'close');
    await Promise.race([once(child.stdout, 'data'), ended]);
    if (text) await start([]);
    child.stdin.on('error', () => {}).end();
    const [code] = await ended;
    if (code === 77) return {}; // no right to a packet socket
    if (code !== 0) throw new Error(`wire ended with ${code}`);
    const [packets, bytes] = text.split('\n')[1].split(' ').map(Number);
    return { packets, bytes };
  },
  async rusage(start) {
    const [cpu, rss] = (await start([`${helpers}/rusage`])).split(' ').map(Number);
    return { cpu, rss };
  },
  async massif(start) {
    fresh();
    await start(['valgrind', '-q', '--tool=massif', '--peak-inaccuracy=0.0', `--massif-out-file=${scratch}/massif`]);
    const sizes = readFileSync(`${scratch}/massif`, 'latin1').matchAll(/^mem_heap_B=(\d+)$/gm);
    return { heap: Math.max(...[...sizes].map(([, n]) => Number(n))) };
  },
};
