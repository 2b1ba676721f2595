// One lab for all tests of a file.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { startLab } from './server.mjs';

/** Starts a lab, which is stopped after the tests. It must not have failed itself. */
export async function labForAll(settings) {
  const lab = await startLab(settings);
  after(() => {
    lab.stop();
    assert.deepEqual(lab.errors, []);
  });
  return lab;
}
