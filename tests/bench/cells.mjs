// The cells that are measured. A cell is one program in one situation, PROGRAM/TLS/KEY/VERSION/ROOTS/MODE.
//
//   PROGRAM  floor (bare.c), library (refresh.c), moat (`moat refresh`), token (`moat token` with a fresh
//            token), curl, curl-jq (curl piped into jq), libcurl (curl_loop.c); 16 at a time: many
//            (examples/many.c), multi (curl_multi.c)
//   TLS      system, 3.6 or musl: Moat's Mbed TLS; openssl: curl's
//   KEY      EC or RSA, of all certificates of the chain
//   ROOTS    one; or all, the system's and that one
//   MODE     full, resumed: a process of its own. again: one more of many in a process, each resumed
//            over a new connection. kept: one more over the same connection.

const lanes = 16;
const moats = { system: 'build/bench/system/moat', '3.6': 'build/bench/3.6/moat', musl: 'build/bench/musl/moat' };
const moat = (command) => ({ tls: Object.keys(moats), home: true, argv: ({ tls }) => [moats[tls], command, 'p'] });

const curl = ({ rootsFile, form, port }) => ['/usr/bin/curl', '-s', '--cacert', rootsFile, '--data', `@${form}`,
  `https://localhost:${port}/common/oauth2/v2.0/token`];
const many = ({ tls, port, rootsFile, clientId, state }, count) => [`build/bench/${tls}/examples/many`,
  `https://localhost:${port}/common/oauth2/v2.0/token`, rootsFile, clientId, state, String(count), '0'];
const curlJq = (cell) => ['/bin/sh', '-c', '"$@" | jq -r .access_token', 'sh', ...curl(cell)];

/** The programs of this folder; token_text.h has their arguments. */
const loop = (name, folder) => ({ tls, port, rootsFile, mode, state }, count) => [
  `build/bench/${folder ?? tls}/bench/${name}`, String(port), rootsFile, mode === 'again' ? 'resumed' : mode, String(count),
  ...(mode === 'full' || tls === 'openssl' ? [] : [state]),
];

const oldAndNew = { tls: ['system', '3.6'], modes: ['full', 'resumed', 'again', 'kept'], starts: true };
/** tls, modes; argv(cell, count); `home`: it needs a profile of `moat`; `starts`: it resumes from the first request on;
 * `silent`: it asks no server; `lanes`: as many requests at a time; `accounts`: it needs stored grants. */
export const programs = {
  floor: { ...oldAndNew, argv: loop('bare') },
  library: { ...oldAndNew, argv: loop('refresh') },
  moat: { ...moat('refresh'), modes: ['full', 'resumed'] },
  token: { ...moat('token'), modes: ['resumed'], silent: true },
  curl: { tls: ['openssl'], modes: ['full'], argv: curl },
  'curl-jq': { tls: ['openssl'], modes: ['full'], argv: curlJq },
  libcurl: { tls: ['openssl'], modes: ['full', 'again', 'kept'], argv: loop('curl_loop', 'system') },
  many: { tls: ['3.6'], modes: ['again'], lanes, accounts: true, argv: many },
  multi: { tls: ['openssl'], modes: ['again', 'kept'], lanes, argv: loop('curl_multi', 'system') },
};
/** How many requests each run makes at least. */
export const least = ({ program }) => programs[program].lanes ?? 1;
export const moatOf = (tls) => moats[tls];

const laps = { full: 0, resumed: 0, again: 10, kept: 50 };
/** How many more requests a cell of one process makes, to tell what one of them costs; 0: it has a process of its own. */
export const more = ({ program, mode }) => least({ program }) * laps[mode];

/** What the server has to see of `count` requests in a process. */
export function expected({ program, mode }, count) {
  if (programs[program].silent) return { full: 0, resumed: 0, requests: 0 };
  const first = mode !== 'full' && programs[program].starts || mode === 'resumed' ? 'resumed' : 'full';
  const seen = { full: 0, resumed: 0, requests: count };
  const firsts = Math.min(least({ program }), count);
  seen[first] += firsts;
  if (mode === 'again') seen.resumed += count - firsts;
  if (mode === 'full') seen.full += count - firsts;
  return seen;
}

export function parse(name) {
  const [program, tls, key = 'EC', version = '1.2', roots = 'all', mode = programs[program]?.modes[0]] = name.split('/');
  const known = programs[program]?.tls.includes(tls) && ['EC', 'RSA'].includes(key) && ['1.2', '1.3'].includes(version)
    && ['one', 'all'].includes(roots) && programs[program].modes.includes(mode);
  if (!known) throw new Error(`there is no cell ${name}`);
  return { name, program, tls, key, version, roots, mode };
}

/** Left out is what cannot differ (a kept connection has no key, version or roots), and what is not worth the time.
 * libcurl 7.88 resumes only each second connection of TLS 1.3. Under callgrind, 16 full handshakes with EC at once
 * take longer than a request may. */
function differs({ program, tls, key, version, roots, mode }, hasNewTls) {
  if (version === '1.3' && !hasNewTls(tls)) return false;
  if (programs[program].lanes) return key === 'RSA' && version === '1.2' && roots === 'one';
  if (mode === 'kept') return key === 'EC' && version === '1.2' && roots === 'one';
  if (program === 'libcurl' || program === 'curl-jq') return key === 'EC' && version === '1.2';
  if (mode === 'again') return key === 'EC';
  return true;
}

/** All names of cells. */
export function matrix(hasNewTls) {
  const every = [['EC', 'RSA'], ['1.2', '1.3'], ['one', 'all']]
    .reduce((words, more) => words.flatMap((word) => more.map((next) => [...word, next])), [[]]);
  const ofOne = ([program, { tls: kinds, modes, silent }]) => kinds.flatMap((tls) => (silent ? [`${program}/${tls}`]
    : every.flatMap(([key, version, roots]) => modes
      .filter((mode) => differs({ program, tls, key, version, roots, mode }, hasNewTls))
      .map((mode) => [program, tls, key, version, roots, mode].join('/')))));
  return Object.entries(programs).flatMap(ofOne);
}

const one = 'EC/1.2/one', rsa = 'RSA/1.2/one', all = 'EC/1.2/all', often = 200, thousand = 1000;
/** Programs whose CPU is compared: [A, B, goal of A over B or null, requests in a process]. */
export const pairs = [
  [`curl/openssl/${all}/full`, `moat/system/${all}/full`, 4],
  [`curl/openssl/${all}/full`, `moat/3.6/${all}/full`, 5],
  [`curl/openssl/${all}/full`, `moat/musl/${all}/full`, 8],
  [`curl/openssl/${all}/full`, `moat/3.6/${all}/resumed`, null],
  [`curl-jq/openssl/${all}/full`, `moat/3.6/${all}/full`, null],
  [`curl/openssl/${one}/full`, `moat/3.6/${one}/full`, null],
  [`moat/3.6/${one}/full`, `floor/3.6/${one}/full`, null],
  [`moat/3.6/${one}/resumed`, `floor/3.6/${one}/resumed`, null],
  [`library/3.6/${one}/full`, `libcurl/openssl/${one}/full`, null, often],
  [`library/3.6/${one}/again`, `libcurl/openssl/${one}/again`, 0.30, often],
  [`library/3.6/${all}/again`, `libcurl/openssl/${all}/again`, 0.30, often],
  [`library/3.6/${one}/kept`, `libcurl/openssl/${one}/kept`, 0.70, often],
  [`many/3.6/${rsa}/again`, `multi/openssl/${rsa}/again`, null, thousand],
  [`many/3.6/${rsa}/again`, `multi/openssl/${rsa}/kept`, null, thousand],
];
