// A command in a window of tmux: what is in view of it, as a person has it before them.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { moat, root } from './paths.mjs';

const folder = `${root}/build/screens`;

/**
 * Starts the command. `until` waits until its window shows something, and returns the match; `view` is
 * the window's text by then, and `lines` the same as the lines that were written, without the breaks of the window;
 * `type` types; `keep` saves the view for people, in build/screens.
 * When the command has ended, the window shows "[ended: STATUS]".
 */
export function inWindow(t, home, args, { columns, rows, env = {} }) {
  const own = mkdtempSync(`${tmpdir()}/moat-tmux-`);
  const socket = ['-S', `${own}/socket`];
  const terminal = env.TERM ?? 'xterm-256color';
  writeFileSync(
    `${own}/conf`,
    `set -g status off\nset -g destroy-unattached on\nset -g default-terminal ${terminal}\n` +
      `set -g default-size ${columns}x${rows}\n`,
  );
  // tmux passes the environment on, but TERM is its own.
  const client = spawn(
    'tmux',
    ['-u', '-C', ...socket, '-f', `${own}/conf`, 'new-session'].concat(
      ['sh', '-c', 'trap : INT QUIT; "$@"; printf "\\n[ended: %s]\\n" $?; exec cat', 'sh', moat, ...args],
    ),
    { env: { ...home.env, LC_ALL: 'C.UTF-8', SHELL: '/bin/sh', ...env }, stdio: ['pipe', 'pipe', 'inherit'] },
  );
  t.after(() => {
    client.kill('SIGKILL');
    spawnSync('tmux', [...socket, 'kill-server']);
    rmSync(own, { recursive: true, force: true });
  });
  return new Window(client);
}

/** Speaks tmux's control mode: each %output asks for the view, which comes between %begin and %end. */
class Window {
  view = '';
  lines = [];
  #client;
  #block;
  #asked = 0; // so many captures are to come
  #changed = false;
  #looks = new Set();

  constructor(client) {
    this.#client = client;
    let rest = '';
    client.stdin.on('error', () => {}); // tmux has ended
    client.stdout.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) this.#take(line);
    });
    client.on('close', () => {
      for (const { reject } of this.#looks) reject(new Error(`tmux ended; the last view was:\n${this.view}`));
    });
  }

  until(pattern) {
    return new Promise((resolve, reject) => {
      this.#looks.add({ pattern, resolve, reject });
      this.#look();
    });
  }

  type(text) {
    this.#client.stdin.write(`send-keys -H ${[...Buffer.from(text)].map((byte) => byte.toString(16)).join(' ')}\n`);
  }

  keep(name) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/${name}.txt`, `${this.view}\n`);
  }

  #take(line) {
    if (this.#block) this.#inBlock(line);
    else if (line.startsWith('%begin ')) this.#block = [];
    else if (line.startsWith('%output ')) this.#change();
  }

  // Other commands than capture-pane answer with an empty block, and a view has as many lines as the window.
  #inBlock(line) {
    if (!/^%(end|error) \d+ \d+ \d+$/.test(line)) return void this.#block.push(line);
    const lines = this.#block;
    this.#block = undefined;
    if (lines.length === 0) return;
    this.#asked -= 1;
    if (this.#asked > 0) return void (this.view = lines.join('\n').trimEnd());
    this.lines = lines.map((text) => text.trimEnd());
    if (this.#changed) this.#change();
    this.#look();
  }

  #change() {
    this.#changed = this.#asked > 0;
    if (this.#changed) return;
    this.#asked = 2;
    this.#client.stdin.write('capture-pane -p\ncapture-pane -pJ\n');
  }

  #look() {
    for (const look of this.#looks) {
      const found = look.pattern.exec(this.view);
      if (!found) continue;
      this.#looks.delete(look);
      look.resolve(found);
    }
  }
}
