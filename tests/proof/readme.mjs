// Each block of C in README.md stands, word for word, in a file of examples/, which are built and run.
import { readdirSync, readFileSync } from 'node:fs';

const files = readdirSync('examples').filter((name) => name.endsWith('.c'));
const sources = files.map((name) => readFileSync(`examples/${name}`, 'utf8'));
const blocks = [...readFileSync('README.md', 'utf8').matchAll(/^```c\n(.*?)^```$/gms)].map(([, code]) => code);
const strange = blocks.filter((code) => !sources.some((text) => text.includes(code)));
if (blocks.length === 0) console.log('README.md shows no C');
for (const code of strange) console.log(`in no file of examples/:\n${code}`);
process.exitCode = blocks.length > 0 && strange.length === 0 ? 0 : 1;
