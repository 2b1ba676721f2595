// Answers of every legal shape are taken; of any other shape, refused, and neither costs the grant.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClear, exit, signedIn } from './lab/moat.mjs';
import { answering, http, json, sending, serve, tokens } from './lab/scripted.mjs';

const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const chunk = (text, extension = '') =>
  `${Buffer.byteLength(text).toString(16)}${extension}\r\n${text}\r\n`;
const pad = (size) => 'p'.repeat(size);

// How a body may be wrapped (RFC 9112), each a list of records.
const framings = {
  'a length': (body) => [http('200 OK', body)],
  chunks: (body) => [
    `${head}Transfer-Encoding: chunked\r\n\r\n`,
    chunk(body.slice(0, 7)),
    chunk(body.slice(7)),
    '0\r\n\r\n',
  ],
  'chunks with extensions and trailers': (body) => [
    `${head}transfer-encoding: Chunked\r\n\r\n`,
    chunk(body, ';name="va;lue"; other'),
    '000;last\r\nExpires: never\r\nX: y\r\n\r\n',
  ],
  'no length, an orderly end': (body) => [`${head}Connection: close\r\n\r\n${body}`],
  'HTTP/1.0': (body) => [`HTTP/1.0 200 OK\r\n\r\n${body}`],
  'interim answers first': (body) => [
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n',
    http('200 OK', body),
  ],
  'header names in capitals, no blanks': (body) => [
    `HTTP/1.1 200 OK\r\nCONTENT-LENGTH:${body.length}\r\n\r\n${body}`,
  ],
  'no reason phrase': (body) => [`HTTP/1.1 200 \r\nContent-Length: ${body.length}\r\n\r\n${body}`],
  'a header line of 8 KB': (body) => [
    http('200 OK', body, { 'Content-Security-Policy': pad(8192) }),
  ],
  'forty headers': (body) => [
    http(
      '200 OK',
      body,
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`X-${i}`, pad(100)])),
    ),
  ],
  'folded headers': (body) => [
    `${head}X-Folded: one\r\n two\r\nContent-Length:\r\n\t${body.length}\r\n\r\n${body}`,
  ],
  'the connection closed at once': (body) => [http('200 OK', body, { Connection: 'close' })],
  'bytes after the message': (body) => [`${http('200 OK', body)}HTTP/1.1 500 No\r\n\r\n`],
  'a record a byte': (body) => Array.from(http('200 OK', body)),
};

for (const [name, frame] of Object.entries(framings)) {
  test(`an answer with ${name}`, async (t) => {
    const server = await serve(t);
    const home = await signedIn(t, server);
    const fresh = tokens();
    server.play({ script: sending(frame(JSON.stringify(fresh))) });
    await home.ok('refresh');
    assert.equal((await home.ok('token')).out, `${fresh.access_token}\n`);
    server.play({});
    await home.ok('refresh');
    assert.equal(server.last.form.refresh_token, fresh.refresh_token);
  });
}

// Bodies that are out there (RFC 6749 5.1 and what providers make of it).
const bodies = {
  '10 KB in all': (o) => ({
    ...o,
    access_token: `at-${pad(6000)}`,
    refresh_token: `rt-${pad(4000)}`,
  }),
  'unknown members of every shape': (o) => ({
    a: [1, [2, { b: null }]],
    'not-before-policy': 0,
    ...o,
    z: { y: [true, false, -1.5e-3] },
  }),
  'a lower-case type': (o) => ({ ...o, token_type: 'bearer' }),
  'no type': ({ token_type: _, ...o }) => o,
  'a lifetime in quotes': (o) => ({ ...o, expires_in: '3599' }),
  'a lifetime as a float': (o) => ({ ...o, expires_in: 3599.5 }),
  'no lifetime': ({ expires_in: _, ...o }) => o,
  'scope null': (o) => ({ ...o, scope: null }),
  'an id_token': (o) => ({ ...o, id_token: 'a.b.c' }),
};

for (const [name, change] of Object.entries(bodies)) {
  test(`an answer with ${name}`, async (t) => {
    const server = await serve(t);
    const home = await signedIn(t, server);
    const fresh = change(tokens());
    server.play({ script: answering(json(fresh)) });
    await home.ok('refresh');
    assert.equal((await home.ok('token')).out, `${fresh.access_token}\n`);
    await home.ok('refresh');
    assert.equal(server.last.form.refresh_token, fresh.refresh_token);
  });
}

test('escapes in tokens are undone', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  server.play({
    script: answering(
      http(
        '200 OK',
        '{"access_token":"a\\/b\\u002Dc","token_type":"\\u0042earer","expires_in":3599,"refresh_token":"r\\/t+=&%"}',
      ),
    ),
  });
  await home.ok('refresh');
  assert.equal((await home.ok('token')).out, 'a/b-c\n');
  await home.ok('refresh');
  assert.equal(server.last.form.refresh_token, 'r/t+=&%');
});

// One bad member beside a good refresh token, each where a parser of JSON sees a good object.
const beside = {
  'a token type that is no string': '"token_type":["Bearer"]',
  'a scope that is half a character': '"scope":"\\ud83d"',
  'a life and a description given twice':
    '"expires_in":1,"expires_in":3599,"error_description":"a","error_description":"b"',
  'an error that is a number': '"error":429',
  'fifty levels of nesting': `"x":${'[{"y":'.repeat(25)}0${'}]'.repeat(25)}`,
  'three thousand members': Array.from({ length: 3000 }, (_, i) => `"${i}":[]`).join(),
  'tokens of an earlier answer': '"refresh_token":"old","access_token":"old"',
  'bytes that are no UTF-8': Buffer.from('"x\xff":"\xe9"', 'latin1'),
};

for (const [name, member] of Object.entries(beside)) {
  test(`${name}, and the tokens are taken`, async (t) => {
    const server = await serve(t);
    const home = await signedIn(t, server);
    const fresh = tokens();
    const rest = Buffer.from(`,${JSON.stringify(fresh).slice(1)}`);
    const text = Buffer.concat([Buffer.from('{'), Buffer.from(member), rest]);
    server.play({ script: sending([http('200 OK', '', { 'Content-Length': text.length }), text]) });
    await home.ok('refresh');
    assert.equal((await home.ok('token')).out, `${fresh.access_token}\n`);
    server.play({});
    await home.ok('refresh');
    assert.equal(server.last.form.refresh_token, fresh.refresh_token);
  });
}

test('a form-encoded answer is read, and nothing in a value is a member', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  const { refresh_token, access_token } = tokens();
  const scope = 'x","refresh_token":"INJECTED';
  const text = new URLSearchParams({ refresh_token, access_token, expires: '3599', scope });
  server.play({ script: answering(http('200 OK', `${text}`)) });
  await home.ok('refresh');
  assert.equal((await home.ok('token')).out, `${access_token}\n`);
  server.play({});
  await home.ok('refresh');
  assert.equal(server.last.form.refresh_token, refresh_token);
});

test('no refresh token in the answer: the old one stays', async (t) => {
  const server = await serve(t);
  const home = await signedIn(t, server);
  server.play({ script: answering(() => json(tokens({ refresh_token: undefined }))) });
  await home.ok('refresh');
  const { refresh_token: kept } = server.last.form;
  await home.ok('refresh');
  assert.equal(server.last.form.refresh_token, kept);
});

test('the server closes after each answer: the next one connects anew', async (t) => {
  const server = await serve(t, {
    script: async (connection) => {
      await connection.request();
      await connection.write(json(tokens()));
      connection.end();
    },
  });
  const home = await signedIn(t, server);
  await home.ok('refresh');
  await home.ok('refresh');
  assert.equal(server.accepted, 3);
});

// Framing that two readers could read in two ways, and bodies that are no token answer.
const body = JSON.stringify(tokens());
const length = (value) => http('200 OK', body, { 'Content-Length': value });
const refused = {
  'a length and chunks': `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(body)}0\r\n\r\n`,
  'two lengths': `${head}Content-Length: ${body.length}\r\nContent-Length: ${body.length + 1}\r\n\r\n${body}`,
  'a length with a sign': length(`+${body.length}`),
  'a length in hexadecimal': length('0x10'),
  'a length beyond every number': length('99999999999999999999'),
  'bare line feeds': http('200 OK', body).replaceAll('\r\n', '\n'),
  'a blank before the colon': `HTTP/1.1 200 OK\r\nContent-Length : ${body.length}\r\n\r\n${body}`,
  'a chunk size with a sign': `${head}Transfer-Encoding: chunked\r\n\r\n-1\r\n${body}`,
  'another coding': `${head}Transfer-Encoding: gzip, chunked\r\n\r\n${chunk(body)}0\r\n\r\n`,
  'a head without end': `HTTP/1.1 200 OK\r\n${`X: ${pad(1000)}\r\n`.repeat(200)}`,
  'HTTP/2 words': 'HTTP/2 200\r\n\r\n',
  'no HTTP at all': 'SSH-2.0-OpenSSH_9.2\r\n',
  'a captive portal': http('200 OK', '<!DOCTYPE html><html><title>Hotel</title></html>', {
    'Content-Type': 'text/html',
  }),
  'an empty body': http('200 OK', ''),
  'status 204': 'HTTP/1.1 204 No Content\r\n\r\n',
  'an array': json([tokens()]),
  'two objects': http('200 OK', `${body}{}`),
  'half an object': http('200 OK', body.slice(0, -1)),
  'no colon': http('200 OK', '{"access_token" "x"}'),
  'no access token': json(tokens({ access_token: undefined })),
  'an access token that is a number': json(tokens({ access_token: 5 })),
  'a NUL in a token': http('200 OK', body.replace('"at-', '"\\u0000at-')),
  'a raw line end in a token': http('200 OK', body.replace('"at-', '"\nat-')),
  'an answer of 1 MB': json(tokens({ access_token: pad(1 << 20) })),
};

for (const [name, answer] of Object.entries(refused)) {
  test(`refused: ${name}`, async (t) => {
    const server = await serve(t);
    const home = await signedIn(t, server);
    server.play({ script: sending([answer]) });
    const failed = await home.call('refresh');
    assert.equal(failed.signal, null);
    assert.notEqual(failed.code, exit.done);
    assertClear(failed);
    assert.equal(failed.out, '');
    server.play({});
    await home.ok('refresh');
  });
}

// The answer is complete, so its refresh token counts, whatever else is wrong with it.
const late = {
  'a token type of no use': { token_type: 'mac' },
  'a lifetime beyond reason': { expires_in: 1e30 },
  'a negative lifetime': { expires_in: -5 },
  'a lifetime that is no number': { expires_in: 'soon' },
  'an access token too long to hold': { access_token: pad(100000) },
};

for (const [name, change] of Object.entries(late)) {
  test(`${name} does not cost the grant`, async (t) => {
    const server = await serve(t);
    const home = await signedIn(t, server);
    const fresh = tokens(change);
    server.play({ script: answering(json(fresh)) });
    const result = await home.call('refresh');
    if (result.code !== exit.done) assertClear(result);
    server.play({});
    await home.ok('refresh');
    if (name !== 'an access token too long to hold') {
      assert.equal(server.last.form.refresh_token, fresh.refresh_token);
    }
    await home.ok('token');
  });
}
