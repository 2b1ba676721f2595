// count.mjs CALLGRIND-FILE: instructions of the whole run, and of Moat's own files within it.
import { readFileSync } from 'node:fs';

let file = '', own = 0, total = 0, call = false;
const names = new Map();
const named = (text) => { // "(7) name" introduces a number, "(7)" recalls it
  const [, id, name] = /^\((\d+)\)\s*(.*)$/.exec(text);
  if (name) names.set(id, name);
  return names.get(id);
};
for (const line of readFileSync(process.argv[2], 'latin1').split('\n')) {
  const place = /^(fl|fi|fe)=(.*)$/.exec(line);
  if (place) file = named(place[2]);
  else if (/^calls=/.test(line)) call = true; // the next line is the callee's cost
  else if (/^[+\-*\d]/.test(line)) {
    const cost = Number(line.split(/\s+/)[1]);
    if (!call) {
      total += cost;
      if (/(^|\/)(src|port\/posix)\/[a-z0-9_]+\.[ch]$/.test(file) || /jsmn\.h$/.test(file)) own += cost;
    }
    call = false;
  }
}
console.log(`${own} ${total}`);
