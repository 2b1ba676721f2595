// Compiles the library for a Cortex-M4, links what firmware would, and reads the linker map, the
// stack usage and the call graph. Prints a table; fails past a gate.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, isCore, isTls, total } from './build.mjs';

const out = process.argv[2];
const { names, rooms, flags, link } = build({ out, cc: 'arm-none-eabi-gcc', machine: ['-mcpu=cortex-m4', '-mthumb'], libc: 'nano.specs',
  compile: ['-Itests/size', '-DMBEDTLS_CONFIG_FILE="mbedtls_config.h"'], report: ['-fstack-usage', '-fcallgraph-info=su'] });

const mbedtls = ['version.h', 'build_info.h'].map((f) => join(out, 'include/mbedtls', f)).filter(existsSync)
  .map((f) => readFileSync(f, 'utf8').match(/define MBEDTLS_VERSION_STRING\s+"(.*)"/)?.[1]).find(Boolean);

const KB = 1024;
const gates = [];
const gate = (what, value, limit) => gates.push({ what, value, limit, ok: value <= limit });

const core = link('core', []);
const whole = link('tls', ['-DWITH_TLS']);
// What each of these adds to an image that has the core.
const more = (name, defines) => total(link(name, defines), 'flash', isCore) - total(core, 'flash', isCore);
const device = more('device', ['-DWITH_DEVICE']);
const accountFlags = ['-DWITH_STORE', '-DWITH_ACCOUNT'];
const account = more('account', accountFlags);
const verbs = more('verbs', [...accountFlags, '-DWITH_VERBS']) - account;
// Besides the device flow, and besides what every account has.
const accountDevice = ['-DWITH_DEVICE', ...accountFlags];
const signIn = more('sign-in', [...accountDevice, '-DWITH_SIGN_IN']) - more('account with device', accountDevice);
const authorize = more('authorize', [...accountFlags, '-DWITH_AUTHORIZE']) - account;
const resume = total(link('resume', ['-DWITH_TLS', '-DWITH_RESUME']), 'flash', (n) => isCore(n) || isTls(n)) -
  total(whole, 'flash', (n) => isCore(n) || isTls(n));
const proxy = total(link('proxy', ['-DWITH_TLS', '-DWITH_PROXY']), 'flash', (n) => isCore(n) || isTls(n)) -
  total(whole, 'flash', (n) => isCore(n) || isTls(n));
const identity = total(link('identity', ['-DWITH_TLS', '-DWITH_IDENTITY']), 'flash', (n) => isCore(n) || isTls(n)) -
  total(whole, 'flash', (n) => isCore(n) || isTls(n));
// Besides an account that signs in, which splits URLs and may send another request.
const signsIn = [...accountDevice, '-DWITH_SIGN_IN', '-DWITH_AUTHORIZE'];
const discovery = more('discovery', [...signsIn, '-DWITH_DISCOVERY']) - more('account that signs in', signsIn);
const challenge = more('challenge', [...signsIn, '-DWITH_CHALLENGE']) - more('account that signs in', signsIn);
// Each way to a token without a person, besides an account that refreshes.
const unattended = (kind) => more(kind, [...accountFlags, '-DWITH_UNATTENDED', `-DUNATTENDED=moat_unattended_${kind}`]) - account;
const credentials = unattended('client_credentials'), bearer = unattended('jwt_bearer'), signedJwt = unattended('signed_jwt'), exchange = unattended('token_exchange');
const key = total(link('key', ['-DWITH_TLS', '-DWITH_KEY']), 'flash', (n) => isCore(n) || isTls(n)) -
  total(whole, 'flash', (n) => isCore(n) || isTls(n));
const jwt = more('jwt', ['-DWITH_JWT']);
const token = (what) => more(what, [...accountFlags, '-DWITH_TOKEN', `-DWITH_${what.toUpperCase()}`]) - account;
const revoke = token('revoke'), introspect = token('introspect'), userinfo = token('userinfo');
const register = token('register'), unregister = token('unregister');
const both = ['-DWITH_STORE', '-DWITH_DEVICE']; // the check of a prompt is the device flow's
const pending = more('pending', [...both, '-DWITH_PENDING']) - more('both', both);
console.log(`Flash on a Cortex-M4 (-Os -mthumb, gc-sections), Mbed TLS ${mbedtls}, bytes:`);
for (const room of rooms) {
  const bytes = total(whole, 'flash', (n) => n.startsWith(`${room}/`));
  if (bytes) console.log(`  ${room.padEnd(24)} ${String(bytes).padStart(6)}`);
}
for (const [name, p] of Object.entries(whole).sort()) console.log(`  ${name.padEnd(24)} ${String(p.flash).padStart(6)}`);

gate('engine, HTTP, JSON, text, code and refresh, authentication, step/run: flash', total(core, 'flash', isCore), 10750);
gate('Mbed TLS stream and crypto: flash', total(whole, 'flash', isTls), 3500);
gate('TLS session kept and resumed, besides: flash', resume, 1472);
gate('tunnel through a proxy, besides: flash', proxy, 1 * KB);
gate('certificate of the client (mutual TLS), besides: flash', identity, 288);
gate('device flow, besides: flash', device, 3250);
gate('stored grant and an account that refreshes, besides: flash', account, 7350);
gate('all verbs without a sign-in, besides: flash', verbs, 1900);
gate('its sign-in by device code, besides: flash', signIn, 1.5 * KB);
gate('its sign-in by authorization code, besides: flash', authorize, 4 * KB);
gate('tokens by client credentials, besides: flash', credentials, 380);
gate('tokens for an assertion, besides: flash', bearer, 460);
gate('tokens for an assertion that the client signs, besides: flash', signedJwt, 2050);
gate('tokens by exchange, besides: flash', exchange, 730);
gate('of these in a link that only refreshes: flash', total(core, 'flash', (n) => /^(account\/|store\/|engine\/engine_again)/.test(n)), 0);
gate('JOSE writer and private_key_jwt, besides: flash', jwt, 1.6 * KB);
gate('its key by Mbed TLS, besides: flash', key, 1290);
gate('pending device code, besides: flash', pending, 832);
gate('discovery, besides: flash', discovery, 1 * KB);
gate("challenge of a service, besides an account that signs in: flash", challenge, 1475);
gate('revocation, besides: flash', revoke, 0.4 * KB);
gate('introspection, besides: flash', introspect, 0.6 * KB);
gate('userinfo, besides: flash', userinfo, 0.6 * KB);
gate('registration, besides: flash', register, 1150);
gate('its end, besides: flash', unregister, 480);
gate('data and bss', total(whole, 'data', (n) => !n.startsWith('(')) + total(whole, 'bss', (n) => !n.startsWith('(')), 0);

// ---- Structs ----
const measured = { moat_client: 512, moat_account: KB };
const input = `#include "moat/account.h"\n${Object.keys(measured).map((type) => `char ${type}_size[sizeof(${type})];\n`).join('')}`;
execFileSync('arm-none-eabi-gcc', [...flags, '-x', 'c', '-c', '-', '-o', join(out, 'sizeof.o')], { input });
const symbols = execFileSync('arm-none-eabi-nm', ['-S', join(out, 'sizeof.o')], { encoding: 'utf8' });
for (const [type, limit] of Object.entries(measured))
  gate(`sizeof(${type})`, parseInt(symbols.match(new RegExp(`^\\S+ (\\S+) \\S ${type}_size`, 'm'))[1], 16), limit);

// ---- Stack: frames, and the deepest chain of own calls ----
// A call through a table is an edge to each function the table can hold.
const grantDevice = (f) => `src/grant/grant_device.c:${f}`, account_ = (f) => `src/account/account.c:${f}`;
const of = (file, ...functions) => functions.map((f) => `src/account/${file}.c:${f}`);
const stages = ['lock', 'act', 'exchange', 'settle', 'tidy', 'leave'].map((stage) => account_(`stage_${stage}`));
const indirect = {
  moat__build: ['moat__grant_build', grantDevice('build')],
  moat__fail: [grantDevice('failed')],
  moat_step: ['moat__grant_before_send', 'moat__grant_reply', grantDevice('reply'), 'moat__tls_connect', 'moat__tls_send', 'moat__tls_recv', 'moat__tls_close'],
  moat__post_begin: ['src/auth/auth_basic.c:encoded', 'src/auth/auth_basic.c:raw', 'src/auth/auth_none.c:form', 'src/auth/auth_post.c:form',
    'src/auth/auth_jwt.c:form', 'src/auth/auth_assertion.c:form'],
  moat__tls_connect: ['src/tls/tls_session.c:offer', 'src/proxy/proxy.c:proxy_connect'], moat__tls_close: ['src/tls/tls_session.c:keep'],
  moat__grant_before_send: ['src/auth/auth_jwt.c:seal', 'src/store/store.c:mark'],
  moat__jws_sign: [...(mbedtls < '4' ? ['src/tls/key_mbedtls.c:sign'] : []), 'src/tls/key_psa.c:sign'], // 4.x has only keys of PSA
  moat__grant_reply: ['src/store/store.c:save', 'src/account/account_signin.c:keep'],
  [grantDevice('reply')]: ['src/account/account_signin.c:show'],
  moat_account_step: stages,
  [account_('stage_lock')]: of('account_refresh', 'has_token'),
  [account_('stage_act')]: [...of('account_refresh', 'act'), ...of('account_adopt', 'act_adopt', 'act_forget'),
    ...of('account_code', 'act_authorize', 'act_redeem', 'act_give_up'), ...of('account_signin', 'act')],
  [account_('stage_exchange')]: of('account_refresh', 'refused'),
  [account_('stage_tidy')]: of('account_signin', 'tidy'),
  [account_('stage_leave')]: ['moat__tls_session_save'],
  moat__account_prepare: ['moat__tls_session_load'],
  'src/account/account_signin.c:keep': ['src/store/store.c:save'], 'src/account/account_adopt.c:act_adopt': ['src/store/store.c:save'],
};
const frames = new Map(), calls = new Map();
for (const name of names) {
  const ci = readFileSync(join(out, `${name}.ci`), 'utf8');
  for (const [, title, label] of ci.matchAll(/node: \{ title: "([^"]+)" label: "([^"]+)"/g)) {
    const bytes = label.match(/(\d+) bytes \((static|dynamic,bounded|dynamic)\)/);
    if (bytes) {
      if (bytes[2] === 'dynamic') throw new Error(`${title} has a frame without a bound`);
      frames.set(title, Number(bytes[1]));
    }
  }
  for (const [, from, to] of ci.matchAll(/edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"/g)) {
    if (!calls.has(from)) calls.set(from, new Set());
    calls.get(from).add(to);
  }
}
for (const [from, targets] of Object.entries(indirect)) {
  if (!frames.has(from)) throw new Error(`there is no ${from} that calls`);
  if (!calls.has(from)) calls.set(from, new Set());
  for (const t of targets) {
    if (!frames.has(t)) throw new Error(`there is no ${t} for ${from} to call`);
    calls.get(from).add(t);
  }
}
const memo = new Map();
function depth(f, path) {
  if (path.includes(f)) throw new Error(`recursion: ${[...path, f].join(' -> ')}`);
  if (!memo.has(f)) {
    let best = { bytes: 0, chain: [] };
    for (const t of calls.get(f) ?? []) if (frames.has(t)) {
      const d = depth(t, [...path, f]);
      if (d.bytes > best.bytes) best = d;
    }
    memo.set(f, { bytes: frames.get(f) + best.bytes, chain: [`${f} ${frames.get(f)}`, ...best.chain] });
  }
  return memo.get(f);
}
const [largest, frame] = [...frames].sort((a, b) => b[1] - a[1])[0];
const deepest = [...frames.keys()].map((f) => depth(f, [])).sort((a, b) => b.bytes - a.bytes)[0];
console.log(`Largest frame: ${largest}\nDeepest chain: ${deepest.chain.join(' > ')}`);
gate('largest own frame', frame, 320);
gate('deepest own call chain', deepest.bytes, 1.2 * KB);

console.log('\nGates:');
for (const g of gates) console.log(`  ${g.ok ? 'ok  ' : 'OVER'} ${String(g.value).padStart(6)} of ${String(g.limit).padStart(6)}  ${g.what}`);
process.exitCode = gates.every((g) => g.ok) ? 0 : 1;
