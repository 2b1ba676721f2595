// What the image takes: within the budgets, which the linker enforces, and Moat's part of it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { boards, folder } from './board.mjs';
import { root } from '../e2e/lab/paths.mjs';

const KB = 1024;
/** What was promised; the linker's budgets are tighter. */
const promised = { default: { flash: 126 * KB, ram: 76 * KB }, tiny: { flash: 107 * KB, ram: 50 * KB } };
const own = { flash: 21 * KB, ram: KB };
const run = promisify(execFile);

/** Symbols of the image: name to {address, size}. */
async function symbols(elf) {
  const { stdout } = await run('arm-none-eabi-nm', ['-S', elf], { maxBuffer: 1 << 24 });
  const found = {};
  for (const [, address, , size, name] of stdout.matchAll(/^(\w{8})( (\w{8}))? \w (\S+)$/gm))
    found[name] = { address: parseInt(address, 16), size: parseInt(size ?? '0', 16) };
  return found;
}

/** Bytes of the regions, by the linker's own account. */
async function taken(elf) {
  const { stdout } = await run('arm-none-eabi-size', ['-A', '-d', elf]);
  const sections = Object.fromEntries(
    [...stdout.matchAll(/^(\.\S+)\s+(\d+)\s+\d+$/gm)].map(([, name, size]) => [name, Number(size)]),
  );
  const sum = (...names) => names.reduce((all, name) => all + (sections[name] ?? 0), 0);
  return { flash: sum('.text', '.ARM.exidx', '.data'), ram: sum('.stack', '.data', '.bss') };
}

/** Bytes of flash that each object file of the image has in it. */
function parts(map) {
  const text = readFileSync(map, 'utf8')
    .split('Linker script and memory map')[1]
    .replace(/^( \.\S+)\n +(?=0x)/gm, '$1 ');
  const bytes = {};
  for (const [, size, file] of text.matchAll(
    /^ \.(?:text|rodata|data)\S*\s+0x[0-9a-f]+\s+0x([0-9a-f]+)\s+(\S+)$/gm,
  ))
    bytes[file] = (bytes[file] ?? 0) + parseInt(size, 16);
  return (pattern) =>
    Object.entries(bytes).reduce((sum, [file, n]) => (pattern.test(file) ? sum + n : sum), 0);
}

/** Links the image once more, with other options. */
async function link(profile, machine, options) {
  const elf = `${folder(profile, machine)}/padded.elf`;
  rmSync(elf, { force: true });
  const make = ['-s', '--no-print-directory', '-C', `${root}/examples/firmware`];
  await run('make', [...make, `PROFILE=${profile}`, `CPU=${boards[machine]}`, `ELF=${elf}`, `LINK=${options}`]);
}

/** The budgets are in the image, as symbols that the linker was given. */
const budgetsOf = (found) => ({
  flash: found.FLASH_BUDGET.address,
  ram: found.RAM_BUDGET.address,
});

for (const profile of Object.keys(promised))
  for (const machine of Object.keys(boards))
    test(`${profile} profile, ${machine}: a KB too many does not link`, async (t) => {
      const elf = `${folder(profile, machine)}/moat.elf`;
      const budget = budgetsOf(await symbols(elf));
      const used = await taken(elf);
      console.log(`${profile} ${machine}: flash ${used.flash} of ${budget.flash}, RAM ${used.ram} of ${budget.ram}`);
      for (const [region, name] of [['flash', 'FLASH'], ['ram', 'RAM']]) {
        const left = budget[region] - used[region];
        assert.ok(budget[region] <= promised[profile][region]);
        assert.ok(left >= 0 && left <= used[region] * 0.04, `${region}: ${left} bytes are free`);
        await link(profile, machine, `-Wl,--defsym=${name}_PAD=${left - (left % 8)}`);
        await assert.rejects(
          link(profile, machine, `-Wl,--defsym=${name}_PAD=${left + KB}`),
          new RegExp(`region \`${name}' overflowed by`),
        );
      }
    });

const shares = {
  'Moat: account, engine, grants, store': /own\/src\/(?!tls\/|words\/|text\/address)/,
  'Moat: texts of errors': /own\/src\/words\//,
  'Moat: TLS stream, its sessions': /own\/src\/(tls\/|text\/address)/,
  'lwIP port': /own\/port\/lwip/,
  'Mbed TLS': /libmbedtls\.a/,
  lwIP: /liblwip\.a/,
  'C library': /lib([cg]_nano|gcc|nosys)\.a/,
  'board and application': /own\/\w+\.o/,
};

for (const profile of Object.keys(promised))
  test(`${profile} profile: Moat's own part`, async (t) => {
    const dir = folder(profile, 'mps2-an385');
    const bytes = parts(`${dir}/moat.map`);
    for (const [what, pattern] of Object.entries(shares)) {
      console.log(`${profile}: ${what}: ${bytes(pattern)} bytes of flash`);
      assert.ok(bytes(pattern) > 0, what);
    }
    const flash = bytes(shares['Moat: account, engine, grants, store']);
    const ram = (await symbols(`${dir}/moat.elf`)).account.size;
    console.log(`${profile}: Moat: ${ram} bytes of RAM besides what is lent, and TLS`);
    assert.ok(flash <= own.flash, `${flash} bytes of flash`);
    assert.ok(ram > 200 && ram <= own.ram, `${ram} bytes of RAM`);
  });
