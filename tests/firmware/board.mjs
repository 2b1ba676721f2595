// A board with the firmware image on it: QEMU, its console, and the file that is its flash.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { clients } from '../e2e/lab/clients.mjs';
import { root } from '../e2e/lab/paths.mjs';
import { startLab } from '../e2e/lab/server.mjs';
import { startDns } from '../port_check/dns.mjs';

/** The address that QEMU gives the host's loopback. */
export const hostAddress = '10.0.2.2';

export const boards = {
  'mps2-an385': 'cortex-m3',
  'mps2-an386': 'cortex-m4',
};

export const folder = (profile, machine) => `${root}/build/firmware/${profile}-${boards[machine]}`;

// Longer than any test lets a board run: who waits for it learns what the console said.
const longest = 60000;

const scope = 'offline_access files.read files.readwrite';

/** What the factory would have told a device of this lab. */
const settingsOf = (lab, dns, more) => ({
  token: lab.tokenUrl,
  device: lab.deviceUrl,
  api: lab.serviceUrl,
  client: clients.none.id,
  scope: scope.replaceAll(' ', '+'),
  dns: hostAddress,
  dnsport: dns.port,
  rounds: 1,
  retry: 100,
  ...more,
});

/** Commas separate QEMU's options, so that one in a value is written twice. */
const semihosting = (settings) =>
  ['enable=on,target=native,arg=moat']
    .concat(Object.entries(settings).map(([name, value]) => `arg=${name}=${value}`.replaceAll(',', ',,')))
    .join(',');

/** A folder for a device's flash, its monitor, and whatever else a test wants to give it. */
export function drawer(t) {
  const dir = mkdtempSync(join(tmpdir(), 'moat-fw-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return { dir, flash: join(dir, 'flash.bin') };
}

/** A lab and a name server that live as long as the test. */
export async function laboratory(t, settings) {
  const lab = await startLab(settings);
  const dns = await startDns(hostAddress);
  t.after(() => {
    lab.stop();
    dns.stop();
  });
  return { lab, dns };
}

/** Switches the power of a board on that goes off with the test. */
export function power(t, options) {
  const board = new Board(options);
  t.after(() => board.kill());
  return board;
}

/** Numbers from 0 to n - 1 that depend on the seed alone (a xorshift). */
export function dice(state) {
  let x = state | 1;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}

/** Room that must be left: the figures are of these runs, and others may differ a little. */
export function assertMarks(shown) {
  const f = figures(shown);
  assert.ok(f.longest > 0, shown);
  assert.ok(f.stack > 500 && f.stack <= f.stackSize - 512, `stack ${f.stack} of ${f.stackSize}`);
  assert.ok(f.pool > 10000 && f.pool <= f.poolSize - 512, `pool ${f.pool} of ${f.poolSize}`);
  return f;
}

/** What the console says of the last handshake and the high-water marks. */
export function figures(shown) {
  const last = (pattern) => [...shown.matchAll(pattern)].at(-1)?.slice(1) ?? [];
  const [kind, handshake] = last(/figures: (full|resumed) handshake (\d+) instructions/g);
  const [longest, ...marks] = last(
    /figures: longest step (\d+) instructions, stack (\d+) of (\d+) bytes, pool (\d+) of (\d+) bytes/g,
  ).map(Number);
  const [stack, stackSize, pool, poolSize] = marks;
  return { kind, handshake: Number(handshake), longest, stack, stackSize, pool, poolSize };
}

/** Switches the power on. `shown` is what the console says; until(PATTERN) waits for it. */
export class Board {
  shown = '';
  #over = false;
  #waiting = new Set();
  #monitor;

  constructor({ profile = 'default', machine = 'mps2-an385', image = 'moat', lab, dns, settings = {}, paused, patience = longest }) {
    this.process = spawn(
      'qemu-system-arm',
      [
        '-M', machine, '-display', 'none', '-monitor', 'none', '-serial', 'stdio',
        '-nic', 'user,id=net0', '-icount', 'shift=0',
        '-semihosting-config', semihosting(lab ? settingsOf(lab, dns, settings) : settings),
        '-chardev', 'socket,id=monitor,fd=3', '-mon', 'chardev=monitor,mode=control',
        ...(paused ? ['-S'] : []),
        '-kernel', `${folder(profile, machine)}/${image}.elf`,
      ],
      { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] },
    );
    this.#monitor = new Monitor(this.process.stdio[3]);
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        this.shown += text.replaceAll('\r', '');
        for (const look of this.#waiting) look();
      });
    const timer = setTimeout(() => this.kill(), patience);
    this.off = new Promise((resolve, reject) => {
      this.process.on('error', reject);
      this.process.on('close', (code, signal) => {
        clearTimeout(timer);
        this.#over = true;
        for (const look of this.#waiting) look();
        resolve({ code, signal });
      });
    });
  }

  /** The match, once the console shows it behind `from`; the power must not go off before. */
  until(pattern, from = 0) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(this.shown.slice(from));
        if (found || this.#over) this.#waiting.delete(look);
        if (found) resolve(found);
        else if (this.#over) reject(new Error(`no ${pattern} on the console:\n${this.shown}`));
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** The code that a person is to enter. */
  async code(from) {
    const [, code] = await this.until(/enter the code\n\s+(\S+)\n/, from);
    return code;
  }

  /** Somebody who signs in with every code that is shown, until the power is off. */
  async approveAll(lab) {
    for (let from = 0; ; ) {
      const found = await this.until(/enter the code\n\s+(\S+)\n/, from).catch(() => undefined);
      if (!found) return;
      from += found.index + found[0].length;
      await lab.approve(found[1]).catch(() => {}); // it was used before the power failed
    }
  }

  /** Takes the power away, whatever it is doing. */
  kill() {
    this.process.kill('SIGKILL');
    return this.off;
  }

  /** Pulls the network cable, or puts it in. */
  cable(up) {
    return this.#monitor.tell('set_link', { name: 'net0', up });
  }

  /** Lets a board run that was `paused` from the start. */
  go() {
    return this.#monitor.tell('cont');
  }
}

/** QEMU's own console: a line of JSON for each command, and one for each result. */
class Monitor {
  #stream;
  #results = [];
  #ready;

  constructor(stream) {
    this.#stream = stream;
    const lines = createInterface({ input: stream });
    for (const end of [stream, lines]) end.on('error', () => {}); // QEMU's end, which the board tells
    lines.on('close', () => this.#results.forEach(({ reject }) => reject(new Error('QEMU is gone'))));
    lines.on('line', (line) => {
      const { error, return: result } = JSON.parse(line);
      if (error) this.#results.shift().reject(new Error(error.desc));
      else if (result) this.#results.shift().resolve();
    });
  }

  async tell(command, args) {
    await (this.#ready ??= this.#send('qmp_capabilities'));
    await this.#send(command, args);
  }

  #send(execute, args) {
    return new Promise((resolve, reject) => {
      this.#results.push({ resolve, reject });
      this.#stream.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    });
  }
}
