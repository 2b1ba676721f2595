// The view of a person who signs in, in windows of several sizes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Home } from './lab/moat.mjs';
import { json, serve } from './lab/scripted.mjs';
import { inWindow } from './lab/window.mjs';

/** A home for a server whose device code stays pending, with this prompt. */
async function pending(t, prompt) {
  const server = await serve(t, {
    script: async (connection) => {
      for (let request; (request = await connection.request());)
        await connection.write(
          request.line.includes('/devicecode')
            ? json({ device_code: 'canary', expires_in: 900, interval: 5, ...prompt })
            : json({ error: 'authorization_pending' }, '400 Bad Request'),
        );
      connection.end();
    },
  });
  const home = new Home(t);
  await home.init(server, { auth: 'none', more: ['--device-url', `${server.origin}/devicecode`] });
  return home;
}

const prompts = {
  entra: { user_code: 'DJKJ4YWZF', verification_uri: 'https://login.microsoft.com/device' },
  complete: {
    user_code: 'ABCD-EFGH',
    verification_uri: 'https://login.example/device',
    verification_uri_complete: 'https://login.example/device?user_code=ABCD-EFGH&client=gateway-in-the-hall',
  },
};
const windows = [
  { size: '80x24', drawn: 'beside' },
  { size: '40x20', drawn: false },
  { size: '200x60', drawn: 'above' },
  { size: '120x40', drawn: 'above' },
  { size: '80x24', drawn: false, env: { TERM: 'dumb' } },
];

for (const { size, drawn, env } of windows)
  test(`a device code in a window of ${size}${env ? ` of a ${env.TERM} terminal` : ''}`, async (t) => {
    const [columns, rows] = size.split('x').map(Number);
    for (const [name, prompt] of Object.entries(prompts)) {
      const home = await pending(t, prompt);
      const window = inWindow(t, home, ['login', home.name, '--device'], { columns, rows, env });
      await window.until(/\d left/);
      window.keep(`device-${name}-${env?.TERM ?? size}`);
      const lines = window.view.split('\n');
      const at = (text) => lines.findIndex((line) => line.trimEnd().endsWith(`  ${text}`));
      const code = at(prompt.user_code);
      const address = at(prompt.verification_uri);
      assert.ok(address >= 0 && code > address, window.view);
      assert.match(window.view, /exactly/);
      const pictured = lines.flatMap((line, i) => (/[▀▄█]/.test(line) ? [i] : []));
      const place = pictured.length > 0 && (address > pictured.at(-1) ? 'above' : 'beside');
      assert.equal(place, drawn, window.view);
      // No word is broken by the window.
      assert.match(window.view, /Ctrl-C gives up[^]*\d left$/);
      for (const word of ['browser', 'others.']) assert.match(window.view, new RegExp(`(^|\\s)${word}(\\s|$)`, 'm'));
      window.type('\u0003');
      await window.until(/\[ended: 130\]/);
    }
  });
