// The firmware image against the lab, on a terminal: a person signs it in, with a browser or with the
// command that is shown; then its power goes off and on again, and it needs nobody.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLab } from '../e2e/lab/server.mjs';
import { Board, boards, hostAddress } from './board.mjs';
import { startDns } from '../port_check/dns.mjs';

const [profile = 'default', machine = 'mps2-an385'] = process.argv.slice(2);
if (!boards[machine]) throw new Error(`the machines are ${Object.keys(boards).join(' and ')}`);

const lab = await startLab({ cert: profile === 'tiny' ? 'p256-chain' : 'azure' });
const dns = await startDns(hostAddress);
const dir = mkdtempSync(join(tmpdir(), 'moat-fw-'));
let board;

// What a person without a browser does.
const control = createServer((request, response) => {
  const code = new URL(request.url, 'http://localhost').searchParams.get('user_code') ?? '';
  lab.approve(code).then(
    () => response.end('signed in\n'),
    (error) => response.writeHead(404).end(`${error.message}\n`),
  );
}).listen(0, '127.0.0.1');
await once(control, 'listening');

async function run(title, settings) {
  console.log(`\n==== ${title}`);
  board = new Board({ profile, machine, lab, dns, patience: 3600000, settings: { flash: join(dir, 'flash.bin'), ...settings } });
  board.process.stdout.pipe(process.stdout, { end: false });
  board.process.stderr.pipe(process.stderr, { end: false });
  board
    .until(/enter the code\n\s+(\S+)\n/)
    .then(([, code]) => {
      console.log(
        `(Open the address in a browser on this machine, or type in another terminal:\n` +
          `   curl 'http://127.0.0.1:${control.address().port}/?user_code=${code}' )\n`,
      );
    })
    .catch(() => {}); // it was signed in before
  const { code } = await board.off;
  if (code !== 0) throw new Error(`the board stopped with ${code}`);
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => board?.kill());
try {
  await run(`power on: profile ${profile} on ${machine}`, {});
  await run('power off, power on', { rounds: 2 });
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
  control.close();
  control.closeAllConnections();
  dns.stop();
  lab.stop();
}
