// What the image takes: within the budgets, which the linker enforces, and Moat's part of it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { boards, folder } from './board.mjs';
import { root } from '../e2e/lab/paths.mjs';

const KB = 1024;
/** What was promised; the linker's budgets are tighter. `own` is Moat's part of the flash. */
const images = {
  default: { profile: 'default', by: 'person', elf: 'moat', flash: 126 * KB, ram: 76 * KB, own: 21 * KB },
  tiny: { profile: 'tiny', by: 'person', elf: 'moat', flash: 107 * KB, ram: 50 * KB, own: 21 * KB },
  key: { profile: 'default', by: 'key', elf: 'key', flash: 129 * KB, ram: 76 * KB, own: 21 * KB },
  certificate: { profile: 'default', by: 'certificate', elf: 'certificate', flash: 126 * KB, ram: 76 * KB, own: 20 * KB },
};
const ownRam = KB;
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
async function link({ profile, by }, machine, options) {
  const elf = `${folder(profile, machine)}/padded.elf`;
  rmSync(elf, { force: true });
  const make = ['-s', '--no-print-directory', '-C', `${root}/examples/firmware`];
  await run('make', [...make, `PROFILE=${profile}`, `BY=${by}`, `CPU=${boards[machine]}`, `ELF=${elf}`, `LINK=${options}`]);
}

/** The budgets are in the image, as symbols that the linker was given. */
const budgetsOf = (found) => ({
  flash: found.FLASH_BUDGET.address,
  ram: found.RAM_BUDGET.address,
});

for (const [name, image] of Object.entries(images))
  for (const machine of Object.keys(boards))
    test(`${name}, ${machine}: a KB too many does not link`, async (t) => {
      const elf = `${folder(image.profile, machine)}/${image.elf}.elf`;
      const budget = budgetsOf(await symbols(elf));
      const used = await taken(elf);
      console.log(`${name} ${machine}: flash ${used.flash} of ${budget.flash}, RAM ${used.ram} of ${budget.ram}`);
      for (const region of ['flash', 'ram']) {
        const pad = `-Wl,--defsym=${region.toUpperCase()}_PAD`;
        const left = budget[region] - used[region];
        assert.ok(budget[region] <= image[region]);
        assert.ok(left >= 0 && left <= used[region] * 0.04, `${region}: ${left} bytes are free`);
        await link(image, machine, `${pad}=${left - (left % 8)}`);
        await assert.rejects(
          link(image, machine, `${pad}=${left + KB}`),
          new RegExp(`region \`${region.toUpperCase()}' overflowed by`),
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

for (const [name, image] of Object.entries(images))
  test(`${name}: Moat's own part`, async () => {
    const file = `${folder(image.profile, 'mps2-an385')}/${image.elf}`;
    const bytes = parts(`${file}.map`);
    for (const [what, pattern] of Object.entries(shares)) {
      console.log(`${name}: ${what}: ${bytes(pattern)} bytes of flash`);
      assert.ok(bytes(pattern) > 0, what);
    }
    const flash = bytes(shares['Moat: account, engine, grants, store']);
    const ram = (await symbols(`${file}.elf`)).account.size;
    console.log(`${name}: Moat: ${ram} bytes of RAM besides what is lent, and TLS`);
    assert.ok(flash <= image.own, `${flash} bytes of flash`);
    assert.ok(ram > 200 && ram <= ownRam, `${ram} bytes of RAM`);
  });
