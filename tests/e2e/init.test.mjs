// `moat init`: clouds, the last day of a secret, and the guide that asks at a terminal.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Home, assertClear, exit } from './lab/moat.mjs';

const clientId = '00000000-1111-2222-3333-444444444444';

// ---- Clouds and days

test('a cloud of Entra has its own hosts', async (t) => {
  const hosts = {
    global: 'login.microsoftonline.com',
    usgov: 'login.microsoftonline.us',
    china: 'login.partner.microsoftonline.cn',
  };
  const home = new Home(t);
  for (const [cloud, host] of Object.entries(hosts)) {
    await home.ok('init', [
      ...['--client-id', clientId, '--auth', 'none', '--force'],
      ...['--cloud', cloud, '--tenant', 'contoso.test'],
    ]);
    const { url } = await home.url();
    assert.ok(url.startsWith(`https://${host}/contoso.test/oauth2/v2.0/authorize?`), url);
    const text = readFileSync(home.profile, 'utf8');
    assert.match(text, new RegExp(`^cloud = ${cloud}$`, 'm'));
    assert.ok(text.includes(`# token_url = https://${host}/contoso.test/oauth2/v2.0/token\n`));
    assert.ok(text.includes(`# device_url = https://${host}/contoso.test/oauth2/v2.0/devicecode\n`));
  }
  for (const wrong of [
    ['--cloud', 'germany'],
    ['--tenant', 'contoso'],
    ['--tenant', '.'],
    ['--tenant', clientId.slice(1)],
  ])
    assertClear(await home.expect(exit.misuse, 'init', ['--client-id', clientId, ...wrong]), /is no/);
});

/** The day that is `days` from now, as people write it. */
const day = (days) => new Date(Date.now() + days * 86400000).toISOString().slice(0, 10);

test('status warns 30 days ahead of the end of a secret', async (t) => {
  const home = new Home(t);
  const secret = ['--secret-file', home.secretFile('a-secret')];
  const init = (more) => home.ok('init', ['--client-id', clientId, '--force', ...more]);
  // Two numbers each: midnight may pass between here and there.
  const cases = [
    [day(400), /^client secret: until \d{4}-\d\d-\d\d$/m, false, [400, 399]],
    [day(32), /^client secret: until /m, false, [32, 31]],
    [day(30), /^client secret: expires on \d{4}-\d\d-\d\d, in (30|29) days$/m, true, [30, 29]],
    [day(-3), /^client secret: EXPIRED on \d{4}-\d\d-\d\d, [34] days ago$/m, true, [-3, -4]],
    ['2000-02-29', /^client secret: EXPIRED on 2000-02-29, \d{4} days ago$/m, true, undefined],
  ];
  for (const [date, shown, warns, left] of cases) {
    const made = await init([...secret, '--secret-expires', date]);
    const { out, err } = await home.expect(exit.signIn, 'status');
    assert.match(out, shown);
    if (warns) assertClear({ err }, /client secret (expires|EXPIRED) [\s\S]*moat init drive --force/);
    else assert.equal(err, '');
    assert.equal(/warning: the client secret/.test(made.err), warns, 'init says so as well');
    const json = JSON.parse((await home.expect(exit.signIn, 'status', ['--json'])).out);
    assert.equal(json.secret_expires, date);
    if (left) assert.ok(left.includes(json.secret_days_left), `${json.secret_days_left} days`);
  }
  await init(secret);
  const { out, err } = await home.expect(exit.signIn, 'status');
  assert.doesNotMatch(out + err, /client secret/);
  const json = JSON.parse((await home.expect(exit.signIn, 'status', ['--json'])).out);
  assert.equal(json.secret_expires, null);
  assert.equal(json.secret_days_left, null);
});

test('what is no day is refused, and so is a day without a secret', async (t) => {
  const home = new Home(t);
  const secret = ['--secret-file', home.secretFile('a-secret')];
  for (const date of ['2026-02-29', '2026-13-01', '2026-00-10', '2026-1-1', '26-01-01', '01/02/2026'])
    assertClear(
      await home.expect(exit.misuse, 'init', ['--client-id', clientId, ...secret, '--secret-expires', date]),
      /YYYY-MM-DD/,
    );
  const args = ['--client-id', clientId, '--auth', 'none', '--secret-expires', day(90)];
  assertClear(await home.expect(exit.misuse, 'init', args), /--secret-expires/);
  assert.ok(!existsSync(home.profile));
});
