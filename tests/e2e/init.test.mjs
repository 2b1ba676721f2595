// `moat init`: clouds, the last day of a secret, and the guide that asks at a terminal.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { test } from 'node:test';
import { Home, assertClear, assertTerminalSafe, exit, signedIn, terminal } from './lab/moat.mjs';
import { roots } from './lab/paths.mjs';
import { serve } from './lab/scripted.mjs';

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

const now = Date.now();
/** The day that is `days` from the start of the tests, as people write it. */
const day = (days) => new Date(now + days * 86400000).toISOString().slice(0, 10);

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
    if (warns) assertClear({ err }, /client secret (expires|EXPIRED) [\s\S]*moat secret drive --secret-expires/);
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

// ---- The guide

const secretId = '8f14e45f-ceea-467f-a2b1-6c3c2d5f0a11';
const theSecret = 'S3cret~Value.of_1-x';

/** `moat init` on a terminal; `answers` are pairs of a question and what is typed, Enter included. */
async function guided(t, home, answers, args = [], options) {
  const running = terminal(t, home, ['init', home.name, ...args], options);
  for (const [question, typed] of answers) await running.answer(question, `${typed}\r`);
  return running;
}

/** The keys of a profile that are set. */
const values = (home) =>
  Object.fromEntries(
    readFileSync(home.profile, 'utf8')
      .split('\n')
      .filter((line) => /^\w+ = /.test(line))
      .map((line) => line.split(' = ')),
  );

const webAnswers = [
  ['Provider [entra]: ', ''],
  ['Cloud [global]: ', ''],
  ['Tenant [common]: ', ''],
  ['Application (client) ID: ', clientId],
  ['Platform [web]: ', ''],
  ['Client secret, its Value (not shown): ', theSecret],
  ['Expires on, YYYY-MM-DD; Enter if that is not known: ', day(100)],
  ['Redirect URI [http://localhost]: ', ''],
  ['Scopes [offline_access files.read', ''],
  ['What next [write]: ', ''],
];
const write = webAnswers.at(-1);

/** A terminal's text without the two sequences that ask it for brackets around a paste. */
const plain = (shown) => shown.replace(/\u001b\[\?2004[hl]/g, '');

test('the guide for a Web registration: Enter takes what fits most, and the secret is not shown', async (t) => {
  const home = new Home(t);
  const { code, shown } = await (await guided(t, home, webAnswers)).finished;
  assert.equal(code, exit.done, shown);
  assert.deepEqual(values(home), {
    provider: 'entra',
    cloud: 'global',
    tenant: 'common',
    client_id: clientId,
    auth: 'post',
    secret_expires: webAnswers[6][1],
    scope: 'offline_access files.read files.read.all files.readwrite files.readwrite.all',
    redirect_uri: 'http://localhost',
  });
  assert.ok(!shown.includes(theSecret), shown);
  assert.deepEqual(home.holding(theSecret), ['drive/secret']);
  assert.equal(readFileSync(`${home.state}/secret`, 'latin1'), `${theSecret}\n`);
  assert.equal(statSync(`${home.state}/secret`).mode & 0o777, 0o600);
  // What was learnt on the way, and what was made of it.
  for (const word of ['organizations', 'consumers', 'Secret ID', 'ignores the port', 'Object ID'])
    assert.ok(shown.includes(word), word);
  assert.match(shown, /This will be the profile:\n[\s\S]* client_id +0{8}-1111-[\s\S]* the secret +in \S+\/secret\n[\s\S]*\.conf is written\.\n/);
  assert.match(shown, /Next: moat login drive\n$/);
  assertTerminalSafe(plain(shown));
  for (const line of plain(shown).slice(0, shown.indexOf('Scopes [')).split('\n'))
    assert.ok(line.length <= 80, `wider than a terminal: ${line}`);
  const { parameters } = await home.url();
  assert.equal(parameters.client_id, clientId);
});

test('the guide for a public client, in another cloud and a single tenant', async (t) => {
  const home = new Home(t);
  const { code, shown } = await (
    await guided(t, home, [
      ['Provider [entra]: ', '1'],
      ['Cloud [global]: ', 'usgov'],
      ['Tenant [common]: ', 'contoso.test'],
      ['Application (client) ID: ', `  ${clientId}\t`],
      ['Platform [web]: ', '2'],
      ['Redirect URI [http://localhost]: ', 'http://localhost/callback'],
      ['Scopes [offline_access', 'offline_access user.read'],
      write,
    ])
  ).finished;
  assert.equal(code, exit.done, shown);
  assert.doesNotMatch(shown, /Client secret|Expires on/, 'what a public client does not have');
  const made = values(home);
  assert.equal(made.auth, 'none');
  assert.equal(made.client_id, clientId);
  const { url, parameters } = await home.url();
  assert.ok(url.startsWith('https://login.microsoftonline.us/contoso.test/oauth2/v2.0/authorize?'));
  assert.equal(parameters.redirect_uri, 'http://localhost/callback');
  assert.equal(parameters.scope, 'offline_access user.read');
  assert.ok(!existsSync(`${home.state}/secret`));
});

test('the guide for a custom provider ends in a sign-in that works', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  const { code, shown } = await (
    await guided(
      t,
      home,
      [
        ['Provider [entra]: ', 'custom'],
        ['Authorize URL, where a person signs in: ', server.authorizeUrl],
        ['Token URL, where codes are exchanged: ', server.tokenUrl],
        ['Device authorization URL; Enter if there is none: ', ''],
        ['Client ID: ', 'app'],
        ['Method [none]: ', '2'],
        ['Client secret (not shown): ', theSecret],
        ['Expires on, YYYY-MM-DD; Enter if that is not known: ', ''],
        ['Redirect URI [http://localhost]: ', ''],
        ["Scopes; Enter for the provider's own choice: ", ''],
        write,
      ],
      ['--ca', roots],
    )
  ).finished;
  assert.equal(code, exit.done, shown);
  await home.signIn();
  assert.equal(server.last.form.client_secret, theSecret);
  assert.equal(server.last.form.client_id, 'app');
});

test('the guide for Google and GitHub asks for what they need, and no more', async (t) => {
  const cases = [
    ['google', theSecret, 'post', 'Scopes [openid email profile]: '],
    ['github', '', 'none', "Scopes; Enter for the provider's own choice: "],
  ];
  for (const [provider, secret, auth, scopes] of cases) {
    const home = new Home(t);
    const { code, shown } = await (
      await guided(t, home, [
        ['Provider [entra]: ', provider],
        ['Client ID: ', 'app.example'],
        ['Client secret (not shown; Enter if there is none): ', secret],
        ['Redirect URI [http://localhost]: ', 'http://localhost:8400'],
        [scopes, 'one two'],
        write,
      ])
    ).finished;
    assert.equal(code, exit.done, shown);
    assert.doesNotMatch(shown, /Tenant|Cloud|Expires|URL, where/);
    assert.equal(values(home).auth, auth);
    assert.equal(/oauth2.googleapis.com.revoke/.test(readFileSync(home.profile, 'utf8')), provider === 'google');
    assert.equal((await home.url()).parameters.scope, 'one two');
  }
});

test('tokens of somebody else do not go to a preset', async (t) => {
  const home = new Home(t);
  await home.ok('init', ['--provider', 'google', '--client-id', 'app.example', '--auth', 'none', '--token-url', 'https://login.example/token']);
  assert.doesNotMatch(readFileSync(home.profile, 'utf8'), /_url = .*\/(revoke|userinfo)/);
});

test('a wrong answer is explained and asked again', async (t) => {
  const home = new Home(t);
  const question = Object.fromEntries(webAnswers.map(([text]) => [text.split(/[ ,]/)[0], text]));
  const long = 'x'.repeat(5000); // more than a terminal's own line editor takes
  const running = await guided(t, home, [
    [question.Provider, 'microsoft'],
    ['microsoft is none of these', 'entra'],
    [question.Cloud, '4'],
    ['4 is none of these', '1'],
    [question.Tenant, 'contoso'],
    ['contoso is no tenant', 'a/b'],
    ['a/b is no tenant', long],
    ['too long', 'organizations'],
    [question.Application, ''],
    ['This needs an answer', 'my-app'],
    ['my-app is not a GUID', `${clientId}0`],
    [`${clientId}0 is not a GUID`, 'y'.repeat(20000)],
    ['too long', `${clientId}`],
    [question.Platform, 'spa'],
    ['does not work', 'web'],
    [question.Client, ''],
    ['there is no client secret', secretId],
    ['looks like a Secret ID', 'maybe'],
    ['maybe is neither yes nor no', ''],
    [question.Client, 'zz'],
    ['only 2 characters', ''],
    [question.Client, 'z'.repeat(4097)],
    ['is not one line of text', theSecret],
    [question.Expires, '1/2/2030'],
    ['1/2/2030 is not a date', '2030-02-30'],
    ['2030-02-30 is not a date', '2020-01-01'],
    ['2020-01-01 has passed', ''],
    [question.Redirect, 'http://example.test'],
    ['http://example.test is http, but not to localhost', 'localhost'],
    ['localhost is no', ''],
    ['Scopes [', 'a  b'],
    ['a  b has spaces', 'a "b"'],
    ['has a character that no scope may have', 'a $(id) b'],
    ['has characters of a shell', 'offline_access'],
    write,
  ]);
  const { code, shown } = await running.finished;
  assert.equal(code, exit.done, shown);
  const made = values(home);
  assert.equal(made.tenant, 'organizations');
  assert.equal(made.client_id, clientId);
  assert.equal(made.secret_expires, undefined);
  assert.equal(made.scope, 'offline_access');
  assert.deepEqual(home.holding(theSecret), ['drive/secret']);
  assert.ok(!shown.includes(secretId) && !shown.includes('zzzz'), 'nothing typed there is shown');
});

test('the guide goes back, and asks for what a change of the answer calls for', async (t) => {
  const home = new Home(t);
  const { code, shown } = await (
    await guided(
      t,
      home,
      [
        ['Provider [entra]: ', '<'], // there is none before it
        ['Provider [entra]: ', '1'],
        ['Cloud [global]: ', 'china'],
        ['Tenant [common]: ', 'consumers'],
        ['consumers is not for a national cloud', '3'],
        ['3 is no tenant', '<'],
        ['Cloud [china]: ', '1'],
        ['Tenant [common]: ', '3'],
        ['Application (client) ID: ', clientId],
        ['Platform [web]: ', '1'],
        ['Client secret, its Value (not shown): ', theSecret],
        ['Expires on, YYYY-MM-DD; Enter if that is not known: ', '<'],
        ['Client secret, its Value (not shown): ', '<'],
        ['Platform [web]: ', '2'],
        ['Redirect URI [http://localhost]: ', '<'], // the secret is no question any more
        ['Platform [desktop]: ', ''],
        ['Redirect URI [http://localhost]: ', ''],
        ['Scopes [', 'one'],
        ['What next [write]: ', '2'],
        ['Scopes [one]: ', ''],
        ['What next [write]: ', '1'],
      ],
      [],
    )
  ).finished;
  assert.equal(code, exit.done, shown);
  assert.deepEqual(
    [values(home).tenant, values(home).cloud, values(home).auth, values(home).scope],
    ['consumers', 'global', 'none', 'one'],
  );
  assert.deepEqual(home.holding(theSecret), [], 'what was typed before is dropped');
});

test('another provider begins anew, the URLs of a custom one are looked at, and quit writes nothing', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  const running = await guided(t, home, [
    ['Provider [entra]: ', '2'],
    ['Client ID: ', 'of-google'],
    ['Client secret (not shown; Enter if there is none): ', '<'],
    ['Client ID [of-google]: ', '<'],
    ['Provider [google]: ', '4'],
    ['Authorize URL, where a person signs in: ', server.authorizeUrl],
    ['Token URL, where codes are exchanged: ', server.authorizeUrl],
    ['is the authorize URL', server.tokenUrl],
    ['Device authorization URL; Enter if there is none: ', ''],
    ["roots to trust; Enter for the system's: ", '/none.pem'],
    ['/none.pem cannot be used', '/etc'],
    ['cannot read the roots of trust in /etc: not a regular file', home.secretFile('no certificate')],
    ['/the-secret cannot be used', roots],
    ['Client ID: ', 'app'],
    ['Method [none]: ', '1'],
    ['Redirect URI [http://localhost]: ', ''],
    ["Scopes; Enter for the provider's own choice: ", ''],
    ['What next [write]: ', '3'],
  ]);
  const { code, shown } = await running.finished;
  assert.equal(code, exit.failed, shown);
  assert.match(shown, /This will be the profile:[\s\S]* token_url +https:[\s\S]* ca +\/[\s\S]*moat: cancelled/);
  assert.deepEqual(home.holding('client_id'), []);
});

test('who insists on a Secret ID has it', async (t) => {
  const home = new Home(t);
  const answers = [...webAnswers];
  answers.splice(5, 1, [webAnswers[5][0], secretId], ['Use it all the same? yes or no [no]: ', 'yes']);
  const { code } = await (await guided(t, home, answers)).finished;
  assert.equal(code, exit.done);
  assert.deepEqual(home.holding(secretId), ['drive/secret']);
});

test('Backspace and Ctrl-U correct an answer, also of several bytes a character', async (t) => {
  const home = new Home(t);
  const { code, shown } = await (
    await guided(t, home, [
      ['Provider', 'custé\u007f\u007f\u0015\u007fgithub'],
      ['Client ID: ', 'aé\u007f\bapp'],
      ['Client secret', 'x\u0015'],
      ['Redirect', ''],
      ['Scopes', '\u001b[Arepo'], // the arrow up
      write,
    ])
  ).finished;
  assert.equal(code, exit.done, shown);
  assert.equal(values(home).client_id, 'app');
  assert.equal(values(home).auth, 'none');
  assert.equal(values(home).scope, 'repo');
});

test('answers that are typed ahead are not lost, and the secret among them is not shown', async (t) => {
  const home = new Home(t);
  const running = terminal(t, home, ['init', home.name]);
  await running.until(/Provider \[entra\]: $/);
  running.type(webAnswers.map(([, typed]) => `${typed}\r`).join(''));
  const { code, shown } = await running.finished;
  assert.equal(code, exit.done, shown);
  assert.ok(!shown.includes(theSecret), shown);
  assert.equal(values(home).client_id, clientId);
  assert.deepEqual(home.holding(theSecret), ['drive/secret']);
});

test('a secret of 4096 bytes is taken whole, in the guide and by --secret-file -', async (t) => {
  const long = 's'.repeat(4096);
  const home = new Home(t);
  const answers = [...webAnswers];
  answers[5] = [webAnswers[5][0], long];
  assert.equal((await (await guided(t, home, answers)).finished).code, exit.done);
  assert.equal(readFileSync(`${home.state}/secret`, 'latin1'), `${long}\n`);
  const args = ['--client-id', clientId, '--secret-file', '-', '--force'];
  const other = 't'.repeat(4096);
  const typed = await (await guided(t, home, [['Client secret (not shown): ', other]], args)).finished;
  assert.equal(typed.code, exit.done, typed.shown);
  assert.equal(readFileSync(`${home.state}/secret`, 'latin1'), `${other}\n`);
});

test('what the options say is not asked', async (t) => {
  const home = new Home(t);
  const file = home.secretFile(theSecret);
  const all = ['--provider', 'entra', '--client-id', clientId, '--secret-file', file];
  const enough = await (await guided(t, home, [], all)).finished;
  assert.equal(enough.code, exit.done);
  assert.doesNotMatch(enough.shown, /Moat asks|\]: /, 'enough was said, so nothing is asked');

  const some = [
    ...['--force', '--cloud', 'china', '--tenant', 'organizations', '--secret-file', file],
    ...['--redirect-uri', 'http://localhost/x', '--scope', 'offline_access'],
  ];
  const { code, shown } = await (
    await guided(
      t,
      home,
      [
        ['Provider [entra]: ', ''],
        [`Application (client) ID [${clientId}]: `, ''],
        ['Expires on, YYYY-MM-DD; Enter if that is not known: ', day(365)],
        write,
      ],
      some,
    )
  ).finished;
  assert.equal(code, exit.done, shown);
  assert.doesNotMatch(shown, /Cloud \[|Tenant \[|Platform \[|Client secret|Redirect URI \[|Scopes/);
  assert.deepEqual(values(home), {
    provider: 'entra',
    cloud: 'china',
    tenant: 'organizations',
    client_id: clientId,
    auth: 'post',
    secret_file: file,
    secret_expires: day(365),
    scope: 'offline_access',
    redirect_uri: 'http://localhost/x',
  });
});

test('options that are wrong are told before the first question', async (t) => {
  const home = new Home(t);
  const wrong = [
    [['--tenant', 'contoso'], /no tenant/],
    [['--secret-file', `${home.dir}/none`], /\/none/],
    [['--ca', `${home.dir}/none.pem`], /none\.pem/],
    [['--auth', 'none', '--secret-file', home.secretFile(theSecret)], /--auth none/],
    [['--auth', 'none', '--secret-expires', day(9)], /--secret-expires/],
  ];
  for (const [args, pattern] of wrong) {
    const { code, shown } = await (await guided(t, home, [], args)).finished;
    assert.notEqual(code, exit.done);
    assert.match(shown, pattern);
    assert.doesNotMatch(shown, /Moat asks/);
  }
  await home.ok('init', ['--client-id', 'app', '--auth', 'none']);
  const { shown } = await (await guided(t, home, [])).finished;
  assert.match(shown, /there is a profile[\s\S]*--force/);
  assert.doesNotMatch(shown, /Moat asks/);
});

test('Ctrl-C and the end of input at any question leave nothing behind', async (t) => {
  const around = { before: 'trap : INT; ', after: '; echo "status $?"; stty -a' };
  for (let count = 0; count < webAnswers.length; count += 1) {
    for (const [key, pattern, status] of [
      ['\u0003', /moat: cancelled/, 130],
      ['\u0004', /moat: the answers ended/, 1],
    ]) {
      const home = new Home(t);
      const running = await guided(t, home, webAnswers.slice(0, count), [], around);
      const [question] = webAnswers[count];
      await running.answer(question, question.startsWith('Application') && key === '\u0003' ? `half${key}` : key);
      const { shown } = await running.finished;
      assert.match(shown, pattern, `at ${question}`);
      assert.match(shown, new RegExp(`status ${status}\n`));
      assert.match(shown, / icanon .*iexten| iexten[\s\S]* icanon/s, 'the terminal is put back');
      assert.match(shown, / echo /);
      assert.deepEqual(home.files(), [], `at ${question}`);
      assert.ok(!existsSync(home.state));
    }
  }
});

test('a profile that --force would replace stays when the guide is given up', async (t) => {
  const home = new Home(t);
  await home.ok('init', ['--client-id', 'app', '--auth', 'none']);
  const before = readFileSync(home.profile, 'utf8');
  const answers = webAnswers.slice(0, 7).map(([question, typed]) => [question.split(/[:[]/)[0], typed]);
  answers[4][1] = 'web'; // it was desktop
  const running = await guided(t, home, answers, ['--force'], { before: 'trap : INT; ' });
  await running.answer('Redirect URI', '\u0003');
  assert.equal((await running.finished).code, 128 + constants.signals.SIGINT);
  assert.equal(readFileSync(home.profile, 'utf8'), before);
  assert.deepEqual(home.holding(theSecret), []);
});

test('a new secret for a profile that is there: Enter keeps the rest, and the grant stays', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  await home.init(server, {
    more: [
      ...['--redirect-uri', 'http://localhost:8400/x', '--extra', 'prompt=login'],
      ...['--secret-expires', day(3), '--shared', 'yes'],
    ],
  });
  await home.signIn();
  const before = values(home);
  const keep = (question, value) => [`${question} [${value}]: `, ''];
  const { code, shown } = await (
    await guided(
      t,
      home,
      [
        keep('Provider', 'custom'),
        ['Authorize URL, where a person signs in', ''],
        ['Token URL, where codes are exchanged', ''],
        ['Device authorization URL; Enter if there is none: ', ''],
        ['PEM file of the roots to trust', ''],
        keep('Client ID', before.client_id),
        keep('Method', 'post'),
        ['Client secret (not shown; Enter keeps the old one): ', theSecret],
        ['Expires on, YYYY-MM-DD; Enter if that is not known: ', day(300)],
        keep('Redirect URI', before.redirect_uri),
        ["Scopes; Enter for the provider's own choice [offline_access files.read", ''],
        write,
      ],
      ['--force'],
    )
  ).finished;
  assert.equal(code, exit.done, shown);
  const { secret_file: _, ...rest } = before;
  assert.deepEqual(values(home), { ...rest, secret_expires: day(300) });
  await home.ok('refresh');
  assert.equal(server.last.form.client_secret, theSecret);

  // Of another provider nothing is known.
  const other = await guided(t, home, [['Provider [custom]: ', 'entra'], ['Cloud [global]: ', '']], ['--force']);
  await other.answer('Tenant [common]: ', '\r');
  await other.answer('ID: ', '\u0004');
  assert.equal((await other.finished).code, exit.failed);
  assert.equal(values(home).provider, 'custom');
});

test('URLs of its own that a profile of Entra has are kept, and with them the grant', async (t) => {
  const server = await serve(t);
  const home = new Home(t);
  const urls = ['--authorize-url', server.authorizeUrl, '--token-url', server.tokenUrl];
  await home.ok('init', ['--client-id', clientId, '--auth', 'none', '--ca', roots, ...urls]);
  await home.signIn();
  const before = values(home);
  const { code, shown } = await (
    await guided(
      t,
      home,
      [
        ['Provider [entra]: ', ''],
        [`Application (client) ID [${clientId}]: `, ''],
        ['Platform [desktop]: ', ''],
        ['Redirect URI [http://localhost]: ', ''],
        ['Scopes [offline_access', ''],
        write,
      ],
      ['--force'],
    )
  ).finished;
  assert.equal(code, exit.done, shown);
  assert.deepEqual(values(home), before);
  await home.ok('refresh');
});

test('what the options say is held against the answers', async (t) => {
  const home = new Home(t);
  const url = 'https://as.test/token';
  const custom = await guided(t, home, [
    ['Authorize URL, where a person signs in: ', url],
    ['is the authorize URL and the token URL at once', '<'],
  ], ['--provider', 'custom', '--token-url', url]);
  await custom.answer('signs in: ', '\u0004');
  const entra = await guided(t, home, [
    ['Cloud [global]: ', 'china'],
    ['china has no personal accounts, and the tenant is given', 'global'],
  ], ['--provider', 'entra', '--tenant', 'consumers']);
  await entra.answer('Application (client) ID: ', '\u0004');
  for (const running of [custom, entra]) assert.equal((await running.finished).code, exit.failed);
});

test('without a terminal nothing is asked, and the option that is missing is named', async (t) => {
  const home = new Home(t);
  const cases = [
    [[], /--client-id is missing/],
    [['--provider', 'custom', '--client-id', 'app', '--auth', 'none'], /--authorize-url is missing/],
    [['--client-id', clientId, '--auth', 'post'], /--secret-file/],
  ];
  const typed = `${webAnswers.map((pair) => pair[1]).join('\n')}\n`;
  for (const [args, pattern] of cases) {
    const failed = await home.expect(exit.misuse, 'init', args, { input: typed });
    assertClear(failed, pattern);
    assert.doesNotMatch(failed.err, /Moat asks/);
    // A terminal on one side alone is none.
    for (const aside of ['< /dev/null', '2> errors']) {
      const { shown } = await terminal(t, home, ['init', home.name, ...args], {
        before: `cd ${home.dir}; `,
        after: ` ${aside}; echo "status $?"`,
      }).finished;
      assert.match(shown, /status 2/, aside);
      assert.doesNotMatch(shown, /Moat asks/);
    }
  }
  assert.deepEqual(
    home.files().map(({ path }) => path),
    [`${home.dir}/errors`],
  );
});

// ---- Another moat at the same time

/** A library to preload, with which a process that lets go of a lock is slow to go on. */
function slowUnlock(home) {
  const [source, library] = [`${home.dir}/slow.c`, `${home.dir}/slow.so`];
  writeFileSync(
    source,
    `#define _GNU_SOURCE
    #include <dlfcn.h>
    #include <fcntl.h>
    #include <stdarg.h>
    #include <stdlib.h>
    #include <unistd.h>
    static int slow(const char *name, int fd, int command, void *p) {
      int (*real)(int, int, ...) = (int (*)(int, int, ...))dlsym(RTLD_NEXT, name);
      int r = real(fd, command, p);
      if ((command == F_SETLK || command == F_OFD_SETLK) && ((struct flock *)p)->l_type == F_UNLCK) {
        close(open(getenv("UNLOCKED"), O_CREAT | O_WRONLY, 0600));
        sleep(2);
      }
      return r;
    }
    #define WRAP(name) int name(int fd, int command, ...) { va_list list; va_start(list, command); \\
      void *p = va_arg(list, void *); va_end(list); return slow(#name, fd, command, p); }
    WRAP(fcntl)
    WRAP(fcntl64)
    `,
  );
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl']);
  return library;
}

test('a sign-in while init erases the grant of another client: the new one stays', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const unlocked = `${home.dir}/unlocked`;
  const env = { ...home.env, UNLOCKED: unlocked };
  const before = `export LD_PRELOAD=${slowUnlock(home)}`;
  const running = home.start(
    ['init', home.name, '--provider', 'custom', '--authorize-url', server.authorizeUrl, '--token-url', server.tokenUrl]
      .concat(['--client-id', 'another', '--auth', 'none', '--ca', roots, '--scope', 's', '--force']),
    { env, before },
  );
  while (!existsSync(unlocked)) await new Promise((soon) => setTimeout(soon, 5));
  await home.signIn();
  const { code, out, err } = await running.finished;
  assert.equal(code, exit.done, err);
  assert.match(out, /is erased/);
  assert.equal((await home.status()).grant, 'stored');
});
