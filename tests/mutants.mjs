// mutants.mjs [WORD ...]: puts the faults of mutants.txt, one after the other, into copies of the tree
// and expects a unit test to fail over each. With words, those whose file or text holds one of them.
// The last line is "N passed, N failed".
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const out = join(root, 'build/mutants');
const words = process.argv.slice(2);

/** [{ file, tests, before, after }] of mutants.txt, a block each. */
function readList() {
  const blocks = readFileSync(join(root, 'tests/mutants.txt'), 'utf8').replace(/^#.*\n/gm, '').split(/\n\s*\n/);
  return blocks.filter((block) => block.trim()).map((block) => {
    const lines = block.trim().split('\n');
    const [file, tests] = lines[0].split(': ');
    const text = (sign) => lines.filter((line) => line[0] === sign).map((line) => line.slice(2)).join('\n');
    return { file, tests: tests.split(' '), before: text('-'), after: text('+') };
  });
}

const run = (tree, command, args, timeout = 0) => new Promise((done) => {
  execFile(command, args, { cwd: tree, timeout, maxBuffer: 1 << 26 }, (error, stdout, stderr) => done({ error, stdout, stderr }));
});

// Without the warnings: what a condition used may be unused without it.
const build = (tree, tests) => run(tree, 'make', ['-s', 'BUILD=build', 'CC=gcc', 'WARN=', 'CFLAGS=-O0 -g',
  'SAN=-fsanitize=address,undefined -fno-sanitize-recover=all', ...tests.map((test) => `build/unit/${test}`)]);

/** The test that fails first, or null. */
async function firstFailure(tree, tests) {
  for (const test of tests) {
    const { error, stdout, stderr } = await run(tree, `build/unit/${test}`, [], 60000);
    if (error) return /FAILED {2}\] (test_\w+)/.exec(stderr + stdout)?.[1] ?? `${stdout.match(/test_\w+/g)?.pop()} (crash or hang)`;
  }
  return null;
}

/** What became of one mutant: { good, words }. */
async function tryOne(tree, { file, tests, before, after }) {
  const path = join(tree, file), source = readFileSync(path, 'utf8');
  if (source.split(before).length !== 2) return { good: false, words: 'its text stands there not once: mend mutants.txt' };
  try {
    writeFileSync(path, source.replace(before, () => after));
    const { error, stderr } = await build(tree, tests);
    if (error) return { good: false, words: `does not build:\n${stderr}` };
    const failure = await firstFailure(tree, tests);
    return failure ? { good: true, words: failure } : { good: false, words: `lives: ${tests} pass` };
  } finally {
    writeFileSync(path, source);
  }
}

function copyTree(name) {
  const tree = join(out, name);
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(join(tree, 'tests'), { recursive: true });
  for (const part of ['Makefile', 'include', 'src', 'port', 'tests/unit', 'tests/mocks']) cpSync(join(root, part), join(tree, part), { recursive: true });
  return tree;
}

const list = readList().filter(({ file, before }) => !words.length || words.some((word) => (file + before).includes(word)));
const tests = [...new Set(list.flatMap((mutant) => mutant.tests))];
let passed = 0, failed = 0;

async function work(name, queue) {
  const tree = copyTree(name);
  // A test that fails anyway sees nothing.
  const { error, stderr } = await build(tree, tests);
  const failure = error ? stderr : await firstFailure(tree, tests);
  if (failure) throw new Error(`without a mutant: ${failure}`);
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    const { good, words: became } = await tryOne(tree, mutant);
    good ? passed++ : failed++;
    const line = (text) => text.trim().replace(/\s+/g, ' ') || 'nothing';
    console.log(`${good ? 'ok   ' : 'FAIL '} ${mutant.file}: ${line(mutant.before)} -> ${line(mutant.after)}: ${became}`);
  }
}

const queue = [...list];
const workers = Array.from({ length: Math.min(availableParallelism(), list.length) }, (_, i) => work(`tree${i}`, queue));
try {
  await Promise.all(workers);
} catch (error) {
  console.log(`FAIL  ${error.message}`);
  failed += 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
