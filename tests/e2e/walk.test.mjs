// The way of a person through the program, in windows of two sizes: what is in view at each step.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { labForAll } from './lab/for_all.mjs';
import { Home, exit } from './lab/moat.mjs';
import { roots } from './lab/paths.mjs';
import { signIn } from './lab/person.mjs';
import { inWindow } from './lab/window.mjs';

const lab = await labForAll();

/** A command in a window of its own: `until` waits, `shows` keeps the view and asserts what is in it, `ended` does both at the end. */
function step(t, home, size, name, args) {
  const window = inWindow(t, home, args, size);
  const { columns, rows } = size;
  const shows = (view, ...patterns) => {
    window.keep(`${view}-${columns}x${rows}`);
    for (const pattern of patterns) assert.match(window.view, pattern);
    // Only an address or a path at its end makes a line longer than the window is wide.
    for (const line of window.lines) assert.ok(line.replace(/(https?:\/)?\/\S+$/, '').length <= columns, `too wide: ${line}`);
  };
  return {
    until: (pattern) => window.until(pattern),
    type: (text) => window.type(text),
    view: () => window.view,
    lines: () => window.lines,
    shows,
    ended: async (code, ...patterns) => {
      await window.until(/\[ended: \d\]$/);
      shows(name, ...patterns, new RegExp(`\\[ended: ${code}\\]$`));
    },
  };
}

// Each with what is above it, answered there, and what has to be in view with it.
const questions = (server) => [
  ['Provider [entra]:', 'custom', /^ {2}Moat asks for what it needs[^]*Ctrl-C gives up[^]*1 {2}entra[^]*4 {2}custom/],
  ['Authorize URL, where a person signs in:', server.authorizeUrl, /documentation has its URLs/],
  ['Token URL, where codes are exchanged:', server.tokenUrl],
  ['Device authorization URL; Enter if there is none:', server.deviceUrl],
  ['Client ID:', 'public', /The ID that the provider gave/],
  ['Method [none]:', '', /How does the client prove itself[^]*1 {2}none[^]*4 {2}basic-raw/],
  ['Redirect URI [http://localhost]:', '', /exactly as registered/],
  ["Scopes; Enter for the provider's own choice:", 'openid offline_access files.read', /Scopes, separated by spaces/],
  ['What next [write]:', '', /This will be the profile:\n +provider +custom\n[^]* client_id +public\n[^]* ca +\/[^]*1 {2}write[^]*3 {2}quit/],
];
const literally = (text) => text.replace(/[[\].]/g, '\\$&');

/** The address to sign in at, and where the browser ends. */
async function addressOf(login) {
  await login.until(/Ctrl-C/);
  const url = login.lines().find((line) => /^ *https:\S+authorize\?/.test(line));
  assert.ok(url, login.lines().join('\n'));
  return signIn(url.trim());
}

describe('init, login in three ways, status, doctor and errors', { concurrency: true }, () => {
  for (const [columns, rows] of [[80, 24], [120, 40]])
    test(`in a window of ${columns}x${rows}`, async (t) => {
      const home = new Home(t);
      const begin = (name, args, env) => step(t, home, { columns, rows, env }, name, args);
      const run = (name, args, code, ...patterns) => begin(name, args).ended(code, ...patterns);
      const signedIn = [/drive is signed in at localhost/, /^Scope: .*files\.read/m];

      await run('error-command', ['lgoin', 'drive'], exit.misuse, /^moat: .*lgoin/, /Did you mean login\?/);
      await run('error-profile', ['login', 'drive'], exit.profile, /^moat: there is no profile/, /moat init/);

      const init = begin('init-end', ['init', 'drive', '--ca', roots]);
      for (const [i, [question, answer, help]] of questions(lab).entries()) {
        await init.until(new RegExp(`${literally(question)}$`));
        init.shows(`init-${i + 1}`, ...(help ? [help] : []));
        init.type(`${answer}\r`);
      }
      await init.ended(exit.done, /is written/, /Next: moat login drive/);
      await run('error-token', ['token', 'drive'], exit.signIn, /^moat: nobody has signed in/, /moat login drive/);

      await home.ok('set', ['provider=entra']); // whose redirect URI has any port
      const browser = begin('login-browser-end', ['login', 'drive'], { BROWSER: 'true' });
      const redirect = await addressOf(browser);
      browser.shows('login-browser', /A browser was opened/, /Ctrl-C/);
      assert.equal((await fetch(redirect)).status, 200);
      await browser.ended(exit.done, ...signedIn);

      const paste = begin('login-paste-end', ['login', 'drive', '--paste']);
      const address = await addressOf(paste);
      paste.shows('login-paste', /Open this address in a browser/, /Paste the whole address here/, /Ctrl-C/);
      paste.type('hello\r');
      await paste.until(/neither an address nor a code[^]*Paste/);
      paste.shows('error-paste', /Open this address in a browser/);
      paste.type(`${address}\r`);
      await paste.ended(exit.done, ...signedIn);

      const device = begin('login-device-end', ['login', 'drive', '--device']);
      const [, code] = await device.until(/^.* {2}([A-Z]{4}-[A-Z]{4})$[^]*\d left$/m);
      device.shows('login-device', /https:\S+deviceauth$/m, /exactly the address/, /Ctrl-C/);
      assert.equal(/[▀▄█]/.test(device.view()), rows >= 40, 'a QR code, where there is room');
      await lab.approve(code);
      await device.ended(exit.done, ...signedIn);

      await run('status', ['status', 'drive'], exit.done, /^profile: /, /^account: +alice@example\.com$/m, /^next: +moat token drive$/m);
      await run('doctor', ['doctor', 'drive'], exit.done, /^ok +clock /, /^ok +root in use /m);
      await lab.revoke(JSON.parse((await home.ok('export', ['--format', 'json'])).out).refresh_token);
      await run('error-ended', ['refresh', 'drive'], exit.signIn, /^moat: drive: the server says invalid_grant/, /moat login drive/);
    });
});
