// What is measured: a cell is one program in one situation, PROGRAM/TLS/KEY/VERSION/ROOTS/MODE.
//
//   PROGRAM  floor (bare.c), library (refresh.c), moat (`moat refresh`), token (`moat token` with a fresh
//            token), curl, curl-jq (curl piped into jq), libcurl (curl_loop.c)
//   TLS      system, 3.6 or musl: Moat's Mbed TLS; openssl: curl's
//   KEY      EC or RSA, of all certificates of the chain
//   ROOTS    one; or all, the system's and that one
//   MODE     full, resumed: a process of its own. again: one more of many in a process, each resumed
//            over a new connection. kept: one more over the same connection.

const cross = 'build/cross/amd64-musl';
const moats = { system: 'build/bench/system/moat', '3.6': 'build/bench/3.6/moat', musl: `${cross}/moat` };
const url = (cell) => `https://localhost:${cell.port}/common/oauth2/v2.0/token`;
const curl = (cell) => ['/usr/bin/curl', '-s', '--cacert', cell.rootsFile, '--data', `@${cell.form}`, url(cell)];

const loop = (name) => (cell, count) =>
  [`build/bench/${cell.tls === 'openssl' ? 'system' : cell.tls}/bench/${name}`, String(cell.port), cell.rootsFile,
    cell.mode === 'again' ? 'resumed' : cell.mode, String(count), ...(cell.mode === 'full' || cell.tls === 'openssl' ? [] : [cell.state])];

/** modes; argv(cell, count); `home`: it needs a profile of `moat`; `starts`: it resumes from the first request on. */
export const programs = {
  floor: { tls: ['system', '3.6'], modes: ['full', 'resumed', 'again', 'kept'], argv: loop('bare'), starts: true },
  library: { tls: ['system', '3.6'], modes: ['full', 'resumed', 'again', 'kept'], argv: loop('refresh'), starts: true },
  moat: { tls: Object.keys(moats), modes: ['full', 'resumed'], home: true, argv: ({ tls }) => [moats[tls], 'refresh', 'p'] },
  token: { tls: Object.keys(moats), modes: ['resumed'], home: true, silent: true, argv: ({ tls }) => [moats[tls], 'token', 'p'] },
  curl: { tls: ['openssl'], modes: ['full'], argv: curl },
  'curl-jq': { tls: ['openssl'], modes: ['full'], argv: (cell) => ['/bin/sh', '-c', '"$@" | jq -r .access_token', 'sh', ...curl(cell)] },
  libcurl: { tls: ['openssl'], modes: ['full', 'again', 'kept'], argv: loop('curl_loop') },
};
export const moatOf = (tls) => moats[tls];

/** How many more requests a cell of one process makes, to tell what one of them costs; 0: it has a process of its own. */
export const more = { full: 0, resumed: 0, again: 20, kept: 50 };

/** What the server has to see of `count` requests in a process. */
export function expected({ program, mode }, count) {
  if (programs[program].silent) return { full: 0, resumed: 0, requests: 0 };
  const first = mode !== 'full' && programs[program].starts || mode === 'resumed' ? 'resumed' : 'full';
  const seen = { full: 0, resumed: 0, requests: count };
  seen[first] += 1;
  if (mode === 'again') seen.resumed += count - 1;
  if (mode === 'full') seen.full += count - 1;
  return seen;
}

export function parse(name) {
  const [program, tls, key = 'EC', version = '1.2', roots = 'all', mode = programs[program]?.modes[0]] = name.split('/');
  const known = programs[program]?.tls.includes(tls) && ['EC', 'RSA'].includes(key) && ['1.2', '1.3'].includes(version)
    && ['one', 'all'].includes(roots) && programs[program].modes.includes(mode);
  if (!known) throw new Error(`there is no cell ${name}`);
  return { name, program, tls, key, version, roots, mode };
}

/** Left out is what cannot differ: a kept connection has no key, version or roots, a fresh token no server. */
function differs({ program, tls, key, version, roots, mode }, hasNewTls) {
  if (version === '1.3' && !hasNewTls(tls)) return false;
  if (mode === 'kept') return key === 'EC' && version === '1.2' && roots === 'one';
  if (mode === 'again' || program === 'libcurl' || program === 'curl-jq') return key === 'EC';
  return true;
}

export function matrix(hasNewTls) {
  const cells = [];
  for (const [program, { tls, modes, silent }] of Object.entries(programs))
    for (const of of tls) {
      if (silent) cells.push(`${program}/${of}`);
      else for (const key of ['EC', 'RSA']) for (const version of ['1.2', '1.3']) for (const roots of ['one', 'all']) for (const mode of modes)
        if (differs({ program, tls: of, key, version, roots, mode }, hasNewTls)) cells.push([program, of, key, version, roots, mode].join('/'));
    }
  return cells;
}
