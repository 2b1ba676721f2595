// shape.mjs: files and functions stay short enough to be read at once, and comments are neither rare nor a crowd.
// Prints TAP. The tree is formatted, so a function starts at a `{` that ends an unindented line, and ends at a `}` in
// the first column.
import { readFileSync, readdirSync } from 'node:fs';

const filesBelow = (folder, suffix) => readdirSync(folder, { recursive: true })
  .filter((name) => name.endsWith(suffix)).map((name) => `${folder}/${name}`).sort();

const functionsOf = (file) => {
  const found = [];
  let start = -1;
  readFileSync(file, 'utf8').split('\n').forEach((line, at) => {
    if (/^[a-z].*\) ?\{$/.test(line) || (/^ .*\) ?\{$/.test(line) && start < 0 && false)) start = at;
    else if (line === '}' && start >= 0) {
      found.push({ at: `${file}:${start + 1}`, lines: at - start + 1 });
      start = -1;
    }
  });
  return found;
};
console.log(functionsOf(process.argv[2]));
