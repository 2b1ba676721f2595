// count.mjs against callgrind_annotate, valgrind's own reader, for each source file: on a real run with
// inlined functions, and on a file made by hand.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { count, perFile } from './count.mjs';

const probe = process.env.PROBE ?? 'build/probe';
const answer = JSON.stringify({ token_type: 'Bearer', access_token: 'a'.repeat(2200), refresh_token: 'r'.repeat(1199) });

function scratch(t) {
  const dir = mkdtempSync(join(tmpdir(), 'moat-bench-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, 'callgrind');
}

/** What callgrind_annotate says of each file, from its lines "1,234 file:function [object]". */
function annotated(path) {
  const cost = new Map();
  const text = execFileSync('callgrind_annotate', ['--threshold=100', '--auto=no', path], { encoding: 'latin1' });
  for (const [, n, file] of text.matchAll(/^ *([\d,]+) \([ \d.]+%\) +(.+):[^:\n]+$/gm))
    cost.set(file, (cost.get(file) ?? 0) + Number(n.replaceAll(',', '')));
  return cost;
}

// callgrind_annotate leaves the working directory out.
const sorted = (map) => [...map].filter(([, n]) => n > 0)
  .map(([file, n]) => [file.replace(`${process.cwd()}/`, ''), n]).sort();

test('a real run', (t) => {
  const path = scratch(t);
  const argv = ['-q', '--tool=callgrind', `--callgrind-out-file=${path}`, probe, 'token', '200'];
  execFileSync('valgrind', argv, { input: answer, stdio: ['pipe', 'ignore', 'inherit'] });
  const text = readFileSync(path, 'latin1');
  assert.match(text, /^cf[il]=\(\d+\) /m, 'it introduces a name at a call');
  assert.deepEqual(sorted(perFile(text)), sorted(annotated(path)));
  const { all, own } = count(path);
  assert.equal(all, Number(/^summary: (\d+)/m.exec(text)[1]));
  assert.ok(own > 50000 && own < all, `${own} of ${all}`);
});

test('a file made by hand', (t) => {
  const path = scratch(t);
  writeFileSync(path, `version: 1
creator: by hand
positions: line
events: Ir

ob=(1) /lab/moat
fl=(1) src/http/http.c
fn=(1) read
10 100
cob=(2) /lab/libc.so
cfi=(2) src/json/json.c
cfn=(2) parse
calls=1 5
+1 1000
fi=(2)
20 7
fe=(1)
-8 3
cfl=(3) string/memcpy.c
cfn=(3) memcpy
calls=2 1
* 50

ob=(1)
fl=(2)
fn=(2)
5 600
cfi=(3)
cfn=(3)
calls=1 1
5 400

ob=(2)
fl=(3)
fn=(3)
1 450
`);
  const wanted = new Map([['src/http/http.c', 103], ['src/json/json.c', 607], ['string/memcpy.c', 450]]);
  assert.deepEqual(sorted(perFile(readFileSync(path, 'latin1'))), sorted(wanted));
  assert.deepEqual(sorted(annotated(path)), sorted(wanted));
  assert.deepEqual(count(path), { all: 1160, own: 710 });
});
