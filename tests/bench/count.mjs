// Instructions in a file of callgrind's: all of them, and those of each source file. The format is
// described in valgrind's manual, "Callgrind Format Specification".
import { readFileSync } from 'node:fs';

/** A Map from the name of a source file to the instructions that were run in its lines. */
export function perFile(text) {
  const names = new Map(), cost = new Map();
  const named = (word) => { // "(7) name" introduces a number, "(7)" recalls it
    const [, id, name] = /^(?:\((\d+)\))?\s*(.*)$/.exec(word);
    if (id && name) names.set(id, name);
    return name || names.get(id);
  };
  let file = '', call = false;
  for (const line of text.split('\n')) {
    const place = /^(fl|fi|fe|cfi|cfl)=(.*)$/.exec(line);
    if (place) { // cfi and cfl say where a callee is; they may introduce a number that later lines recall
      const name = named(place[2]);
      if (!place[1].startsWith('c')) file = name;
    } else if (line.startsWith('calls=')) call = true; // the next line is the callee's cost
    else if (/^[+\-*\d]/.test(line)) {
      if (!call) cost.set(file, (cost.get(file) ?? 0) + Number(line.split(/\s+/)[1]));
      call = false;
    }
  }
  return cost;
}

const isOwn = (file) => /(^|\/)(src|port\/posix)\/.*\.[ch]$/.test(file) || /(^|\/)jsmn\.h$/.test(file);
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

/** {all, own}: the whole run, and the part of Moat's own files (jsmn among them). */
export function count(path) {
  const cost = [...perFile(readFileSync(path, 'latin1'))];
  return { all: sum(cost.map(([, n]) => n)), own: sum(cost.filter(([file]) => isOwn(file)).map(([, n]) => n)) };
}
