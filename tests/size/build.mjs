// Compiles the library for a processor, links what firmware would, and reads the linker map.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const run = (cmd, args) => execFileSync(cmd, args, { encoding: 'utf8', maxBuffer: 1 << 26 });

export const isTls = (n) => /^(tls\/|text\/address$)/.test(n); // with what the stream alone needs
export const isCore = (n) => !n.startsWith('(') && !isTls(n);
export const total = (parts, kind, which) =>
  Object.entries(parts).filter(([n]) => which(n)).reduce((sum, [, p]) => sum + p[kind], 0);

/**
 * Compiles all of src/ into `out`, whose include/ has jsmn.h and Mbed TLS. link(name, defines) links tests/size/core.c
 * with these definitions, and returns the bytes of each object that stay.
 */
export function build({ out, cc, machine, libc, compile, report = [] }) {
  const flags = [...machine, `--specs=${libc}`, '-Os', '-std=c11', '-ffunction-sections', '-fdata-sections', '-Iinclude', `-I${out}/include`, ...compile];
  const rooms = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const names = rooms.flatMap((room) => readdirSync(join('src', room)).filter((f) => f.endsWith('.c')).map((f) => `${room}/${f.slice(0, -2)}`));
  const objects = names.map((name) => join(out, `${name}.o`));
  for (const room of rooms) mkdirSync(join(out, room), { recursive: true });
  for (const [i, name] of names.entries()) run(cc, [...flags, ...report, '-c', `src/${name}.c`, '-o', objects[i]]);

  function link(name, defines) {
    const map = join(out, `${name}.map`);
    run(cc, [...flags, ...defines, '-c', 'tests/size/core.c', '-o', join(out, `${name}.main.o`)]);
    run(cc, [...machine, '-Os', `--specs=${libc}`, '-nostartfiles', '-Wl,--gc-sections', '-Wl,-e,main',
      '-Wl,--unresolved-symbols=ignore-all', '-Wl,--no-warn-rwx-segments', `-Wl,-Map=${map}`,
      join(out, `${name}.main.o`), ...objects, '-o', join(out, `${name}.elf`)]);
    const text = readFileSync(map, 'utf8').split('Linker script and memory map')[1].replace(/^( \.\S+)\n +(?=0x)/gm, '$1 ');
    const parts = {};
    for (const [, section, size, file] of text.matchAll(/^ \.(text|s?rodata|s?data|s?bss)\S*\s+0x[0-9a-f]+\s+0x([0-9a-f]+)\s+(\S+)$/gm)) {
      const own = names[objects.indexOf(file)] ?? (file.endsWith('main.o') ? null : '(libc, libgcc)');
      if (!own) continue;
      parts[own] ??= { flash: 0, data: 0, bss: 0 };
      const kind = /text|rodata/.test(section) ? 'flash' : section.replace(/^s/, '');
      parts[own][kind] += parseInt(size, 16);
    }
    return parts;
  }
  return { names, rooms, flags, link };
}
