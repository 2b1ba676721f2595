// Measures a whole device on four cores: an account that signs in by device code, with storage and resumed TLS sessions,
// and the configuration `default` of Mbed TLS. Prints a table; fails past a gate.
import { cpSync, mkdirSync } from 'node:fs';
import { build, total } from './build.mjs';

const [, , include, out] = process.argv;
const arm = { cc: 'arm-none-eabi-gcc', libc: 'nano.specs' };
const cores = [
  { name: 'Cortex-M0+', ...arm, machine: ['-mcpu=cortex-m0plus', '-mthumb'], limit: 27000 },
  { name: 'Cortex-M4', ...arm, machine: ['-mcpu=cortex-m4', '-mthumb'], limit: 26000 },
  { name: 'Cortex-M33', ...arm, machine: ['-mcpu=cortex-m33', '-mthumb'], limit: 26000 },
  { name: 'RV32IMC', cc: 'riscv64-unknown-elf-gcc', libc: 'picolibc.specs', machine: ['-march=rv32imc', '-mabi=ilp32'], limit: 31200 },
];
const device = ['-DWITH_TLS', '-DWITH_RESUME', '-DWITH_DEVICE', '-DWITH_STORE', '-DWITH_ACCOUNT', '-DWITH_SIGN_IN'];

console.log('\nA device with account, device flow and resumption, in bytes of flash:');
for (const { name, limit, ...core } of cores) {
  const folder = `${out}/${name}`;
  mkdirSync(`${folder}/include`, { recursive: true });
  cpSync(include, `${folder}/include`, { recursive: true });
  cpSync('/usr/include/jsmn.h', `${folder}/include/jsmn.h`);
  const { link } = build({ ...core, out: folder, compile: ['-Iport/mbedtls', '-DMBEDTLS_CONFIG_FILE="moat_mbedtls_default.h"'] });
  const parts = link('device', device), own = (n) => !n.startsWith('(');
  const flash = total(parts, 'flash', own), data = total(parts, 'data', own) + total(parts, 'bss', own);
  const ok = flash <= limit && !data;
  console.log(`  ${ok ? 'ok  ' : 'OVER'} ${String(flash).padStart(6)} of ${String(limit).padStart(6)}  ${name}${data ? `, and ${data} of data` : ''}`);
  if (!ok) process.exitCode = 1;
}
