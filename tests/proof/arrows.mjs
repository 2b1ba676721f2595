// arrows.mjs [TREE]: which file includes which, as TAP. A room of src/ may use only what stands here,
// and of another room only its face, the header of its name. A port uses port.h, two of them port/sockets
// as well, and an example the public headers. The program of examples/cli has rooms as well. Its rooms offer several small
// units each and not one thing, so a room there may have several faces: those that stand here.
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, normalize } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;
const arrows = {
  text: [], words: [],
  jose: ['text'],
  http: ['text'], json: ['text'], verdict: ['text'], store: ['text'], redirect: ['text'],
  engine: ['http', 'text'], auth: ['http', 'jose', 'text'], proxy: ['http', 'text'], tls: ['store', 'text'],
  grant: ['engine', 'http', 'jose', 'json', 'text', 'verdict'],
  discovery: ['engine', 'http', 'json', 'text', 'verdict'],
  account: ['engine', 'grant', 'redirect', 'store', 'text', 'verdict'],
};
/** Of examples/cli: what a room may use, and the headers that it shows; its others are its own. */
const cli = {
  terminal: [[], 'ask charset hide qr read_paste read_stdin term trim unescape utf8 window wrap write_json write_output'],
  profile: [['terminal'], 'change check_profile check_value date edit_profile guess options paths profile proxy_url read_pairs registration secret'],
  log: [['terminal'], 'log tap'],
  account: [['log', 'profile', 'terminal'], 'account asked_claims assertion_file claims client history identity log_exchange'],
  report: [['account', 'profile', 'terminal'], 'deadlines report scope secret_expiry'],
  signin: [['account', 'profile', 'report', 'terminal'], 'await_redirect browser challenge device judge_paste signin who'],
  export: [['account', 'profile', 'report', 'terminal'], 'export'],
  commands: [['account', 'export', 'log', 'profile', 'report', 'signin', 'terminal'], 'commands'],
  'main.c': [['commands'], ''],
};
const shared = ['child.h', 'cli.h', 'files.h', 'memory.h', 'signals.h']; // beside the rooms, for all of them
const systems = { '<jsmn.h>': ['json'], '<mbedtls/': ['tls'], '<psa/': ['tls'] };

const files = (tree, folder) => readdirSync(join(tree, folder)).flatMap((name) => {
  const path = join(folder, name);
  return statSync(join(tree, path)).isDirectory() ? files(tree, path) : /\.[ch]$/.test(name) ? [path] : [];
});
const includes = (tree, file) => [...readFileSync(join(tree, file), 'utf8').matchAll(/^ *# *include +(["<][^">]+[">])/gm)].map((m) => m[1]);

function ofLibrary(tree) {
  const wrong = [];
  for (const file of files(tree, 'src')) {
    const room = file.split('/')[1];
    for (const included of includes(tree, file)) {
      const system = Object.keys(systems).find((prefix) => included.startsWith(prefix));
      if (system && !systems[system].includes(room)) wrong.push(`${file}: ${included}`);
      if (!included.startsWith('"') || included.startsWith('"moat/')) continue;
      const [, there, ...rest] = normalize(join(dirname(file), included.slice(1, -1))).split('/');
      const face = rest.length === 1 && rest[0] === `${there}.h` && arrows[room]?.includes(there);
      if (there !== room && !face) wrong.push(`${file}: ${included}`);
    }
  }
  return wrong;
}

/** The programs of a package are examples: they may use every public header, and a file that the build makes. */
function ofPorts(tree) {
  return files(tree, 'port').flatMap((file) => {
    const [, port, package_] = file.split('/'), own = files(tree, dirname(file));
    const may = package_ === 'package' ? /^<moat\/|\.inc"$/ : port === 'esp-idf' || port === 'zephyr' ? /^<moat\/port.h>|^"moat_sockets.h"/ : /^<moat\/port.h>/;
    return includes(tree, file)
      .filter((included) => included.startsWith('<moat/') || included.startsWith('"'))
      .filter((included) => !may.test(included) && !own.includes(join(dirname(file), included.slice(1, -1))))
      .map((included) => `${file}: ${included}`);
  });
}

function ofExamples(tree) {
  const own = new Set(files(tree, 'examples').map((file) => basename(file)));
  return files(tree, 'examples').flatMap((file) => includes(tree, file)
    .filter((included) => included.startsWith('"') && !included.startsWith('"moat/') && !own.has(basename(included.slice(1, -1))) && !/^"moat_\w+\.h"$/.test(included))
    .map((included) => `${file}: ${included}`));
}

function ofProgram(tree) {
  const wrong = [];
  for (const file of files(tree, 'examples/cli')) {
    const room = file.split('/')[2], may = cli[room]?.[0] ?? [];
    if (!cli[room] && !/\.[ch]$/.test(room)) wrong.push(`${file}: a room without arrows`);
    for (const included of includes(tree, file)) {
      if (!included.startsWith('"')) continue;
      const [, , there, ...rest] = normalize(join(dirname(file), included.slice(1, -1))).split('/');
      const face = rest.length === 1 && may.includes(there) && cli[there][1].split(' ').includes(basename(rest[0], '.h'));
      const own = there === room && rest.length;
      if (!face && !own && !shared.includes(there)) wrong.push(`${file}: ${included}`);
    }
  }
  return wrong;
}

/** Paths from a node to itself. */
function circlesOf(edges) {
  const found = new Set(), done = new Set();
  const walk = (at, path) => {
    if (done.has(at)) return;
    if (path.includes(at)) return void found.add([...path.slice(path.indexOf(at)), at].join(' > '));
    for (const to of edges.get(at)) walk(to, [...path, at]);
    done.add(at);
  };
  for (const at of edges.keys()) walk(at, []);
  return [...found];
}

/** Of units: a .c with the .h of its name. */
function circles(tree, folder) {
  const unit = (file) => file.replace(/\.[ch]$/, '');
  const all = files(tree, folder), edges = new Map(all.map((file) => [unit(file), new Set()]));
  for (const file of all)
    for (const included of includes(tree, file)) {
      const to = unit(normalize(join(dirname(file), included.slice(1, -1))));
      if (edges.has(to) && to !== unit(file)) edges.get(unit(file)).add(to);
    }
  return circlesOf(edges);
}

const judge = (tree) => [
  ['rooms of src/ include what they may', ofLibrary(tree)],
  ['ports include port.h', ofPorts(tree)],
  ['examples include the public headers', ofExamples(tree)],
  ['no circle of rooms', circlesOf(new Map(Object.entries(arrows)))],
  ['no circle of rooms in examples/cli', circlesOf(new Map(Object.entries(cli).map(([room, [may]]) => [room, may])))],
  ['no circle in port/posix', circles(tree, 'port/posix')],
  ['rooms of examples/cli include what they may', ofProgram(tree)],
  ['no circle of units in examples/cli', circles(tree, 'examples/cli')],
];

/** Each of these lines, put into that file, must be found. */
const seeds = [
  ['src/text/text.c', '#include "../http/http.h"'], ['src/engine/engine.c', '#include "../grant/grant.h"'],
  ['src/grant/grant.c', '#include "../json/json_check.h"'], ['src/http/response.c', '#include <mbedtls/ssl.h>'],
  ['src/account/account.c', '#include "../tls/tls_session.h"'], ['port/posix/net.c', '#include <moat/moat.h>'],
  ['examples/blocking.c', '#include "../src/text/text.h"'], ['port/posix/internal.h', '#include "nothing.h"'],
  ['port/zephyr/zephyr.c', '#include "../sockets/internal.h"'], ['port/zephyr/package/samples/token/src/main.c', '#include "../src/text/text.h"'],
  ['examples/cli/terminal/term.c', '#include "../account/account.h"'], ['examples/cli/profile/secret.c', '#include "../account/account.h"'],
  ['examples/cli/report/scope.c', '#include "../terminal/clean.h"'], ['examples/cli/files.c', '#include "terminal/term.h"'],
  ['examples/cli/terminal/hide.c', '#include "cover.h"'], ['examples/cli/signin/write_page.c', '#include "../commands/commands.h"'],
];
function unseen() {
  const copy = mkdtempSync(join(tmpdir(), 'arrows-'));
  try {
    for (const folder of ['src', 'port', 'examples']) cpSync(join(root, folder), join(copy, folder), { recursive: true });
    return seeds.filter(([file, line]) => {
      const path = join(copy, file), text = readFileSync(path, 'utf8');
      writeFileSync(path, `${line}\n${text}`);
      const seen = judge(copy).some(([, wrong]) => wrong.length);
      writeFileSync(path, text);
      return !seen;
    }).map(([file, line]) => `${file}: ${line}`);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const results = judge(root);
if (results.every(([, wrong]) => !wrong.length)) results.push(['an arrow that is seeded is found', unseen()]);
for (const [i, [name, wrong]] of results.entries()) {
  console.log(`${wrong.length ? 'not ok' : 'ok'} ${i + 1} - ${name}`);
  for (const line of wrong) console.log(`# ${line}`);
}
console.log(`1..${results.length}`);
