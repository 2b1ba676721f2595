// Prepares a cell to be measured: roots, a request, a server, and something to resume.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { age } from '../e2e/lab/moat.mjs';
import { moatOf, parse, programs } from './cells.mjs';
import { run } from './measure.mjs';
import { serve } from './server.mjs';

export const out = 'build/bench';
const certs = 'build/certs';
const bundle = '/etc/ssl/certs/ca-certificates.crt';
const read = (file) => readFileSync(file, 'utf8');
const header = read('tests/bench/token_text.h');
const text = (name) => new RegExp(`define ${name} "(.*)"`).exec(header)[1];

/** As many roots as the usual bundle had, for a machine without one. */
function makeBundle() {
  const argv = ['req', '-x509', '-new', '-key', `${certs}/root.key`, '-days', '9000', '-subj'];
  const root = (i) => execFileSync('openssl', [...argv, `/O=Nobody/CN=Root number ${i}`], { encoding: 'utf8' });
  return Array.from({ length: 144 }, (_, i) => root(i)).join('');
}

/** The roots and the request. Returns how many roots `all` are: the system's bundle, with that of the server at its end. */
export function makeFiles() {
  const form = { client_id: text('CLIENT_ID'), client_secret: text('CLIENT_SECRET'), grant_type: 'refresh_token',
    scope: text('SCOPE'), refresh_token: 'R'.repeat(1199) };
  mkdirSync(out, { recursive: true });
  writeFileSync(`${out}/form`, new URLSearchParams(form).toString());
  writeFileSync(`${out}/secret`, `${form.client_secret}\n`, { mode: 0o600 });
  const others = existsSync(bundle) ? read(bundle) : makeBundle();
  for (const [key, name] of [['EC', 'root-ec'], ['RSA', 'root']]) {
    const own = read(`${certs}/${name}.crt`);
    writeFileSync(`${out}/roots-${key}-one.pem`, own);
    writeFileSync(`${out}/roots-${key}-all.pem`, others + own);
  }
  return others.match(/-BEGIN CERT/g).length + 1;
}

/** A profile of `moat`, signed in, with both slots of the grant written. */
async function makeHome(cell) {
  const at = `https://localhost:${cell.port}/common/oauth2/v2.0`;
  const env = { MOAT_HOME: cell.home };
  const moat = (command, options = [], input = '') => run([moatOf(cell.tls), command, 'p', ...options], { env, input });
  mkdirSync(cell.home, { mode: 0o700 });
  await moat('init', ['--provider', 'custom', '--authorize-url', `${at}/authorize`, '--token-url', `${at}/token`,
    '--client-id', text('CLIENT_ID'), '--secret-file', resolve(out, 'secret'), '--scope', text('SCOPE'),
    '--ca', resolve(cell.rootsFile)]);
  await moat('url');
  await moat('exchange', [], 'Q3p-code_of-the-bench-7\n');
  await moat('refresh');
}

/** As many accounts as examples/many.c is to refresh, each with the grant of the profile, whose token is a day old. */
export function makeAccounts({ home, state }, count) {
  const from = `${home}/p`;
  age({ state: from });
  const files = readdirSync(from).filter((name) => /^(grant|mark)/.test(name));
  rmSync(state, { recursive: true, force: true });
  for (let i = 0; i < count; i += 1) {
    mkdirSync(`${state}/${i}`, { recursive: true, mode: 0o700 });
    for (const name of files) copyFileSync(`${from}/${name}`, `${state}/${i}/${name}`);
  }
}

const servers = new Map();
async function server({ key, version }) {
  const name = `${key} ${version}`;
  if (!servers.has(name)) servers.set(name, await serve(certs, key, version));
  return servers.get(name);
}
export const stopServers = () => { for (const one of servers.values()) one.stop(); };

/** The cell with what its program is to be given. `place` keeps two cells apart that are measured in turn. */
export async function prepare(name, place = '') {
  const cell = { ...parse(name), clientId: text('CLIENT_ID'), form: `${out}/form`, state: `${out}/state${place}`, home: `${out}/home${place}` };
  const { home, accounts, starts, argv } = programs[cell.program];
  cell.server = await server(cell);
  cell.port = cell.server.port;
  cell.rootsFile = `${out}/roots-${cell.key}-${cell.roots}.pem`;
  for (const path of [cell.state, cell.home]) rmSync(path, { recursive: true, force: true });
  if (home || accounts) await makeHome(cell);
  else if (starts && cell.mode !== 'full') await run(argv({ ...cell, mode: 'resumed' }, 1));
  return cell;
}
