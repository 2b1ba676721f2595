// A server on loopback that does what a script says, byte for byte and record for record, and
// remembers all that it was sent. What it speaks can be changed from connection to connection.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { TLSSocket, createSecureContext } from 'node:tls';
import { identity } from './paths.mjs';

/** One connection: requests come in by request(), anything goes out by write(). */
class Connection {
  #socket;
  #raw;
  #server;
  #buffer = Buffer.alloc(0);
  #wake = () => {};
  #onward;
  closed = false;

  constructor(raw, socket, server) {
    this.#raw = raw;
    this.#socket = socket;
    this.#server = server;
    socket.on('data', (data) => {
      server.bytes += data.length;
      if (this.#onward) this.#onward.write(data);
      else this.#buffer = Buffer.concat([this.#buffer, data]);
      this.#wake();
    });
    const gone = () => {
      this.closed = true;
      this.#onward?.end();
      this.#wake();
    };
    socket.on('end', gone).on('close', gone);
  }

  async #until(ready) {
    while (!ready() && !this.closed)
      await new Promise((wake) => {
        this.#wake = wake;
      });
    return ready();
  }

  /** The next request, or undefined when the client has closed. */
  async request() {
    let end;
    if (!(await this.#until(() => (end = this.#buffer.indexOf('\r\n\r\n')) >= 0))) return undefined;
    const [line, ...fields] = this.#buffer.toString('latin1', 0, end).split('\r\n');
    const headers = Object.fromEntries(
      fields.map((field) => {
        const colon = field.indexOf(':');
        return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
      }),
    );
    const total = end + 4 + Number(headers['content-length'] ?? 0);
    if (!(await this.#until(() => this.#buffer.length >= total))) return undefined;
    const body = this.#buffer.toString('utf8', end + 4, total);
    const raw = this.#buffer.toString('latin1', 0, total);
    this.#buffer = this.#buffer.subarray(total);
    const request = {
      line,
      headers,
      body,
      raw,
      form: Object.fromEntries(new URLSearchParams(body)),
    };
    this.#server.requests.push(request);
    return request;
  }

  /** Any bytes at all, TLS or not: what came first. */
  async bytes() {
    await this.#until(() => this.#buffer.length > 0);
    return this.#buffer;
  }

  /** Sends one piece and waits until it is out: over TLS, one record of up to 16 KB. */
  write(data) {
    if (this.closed) return Promise.resolve();
    this.#server.written += data.length;
    return new Promise((done) => {
      this.#socket.write(data, () => done());
    });
  }

  /** Passes on what came, and what will come, to another stream. */
  relay(stream) {
    stream.write(this.#buffer);
    this.#buffer = Buffer.alloc(0);
    this.#onward = stream;
  }

  /** Ends in order: close_notify, then FIN. */
  end() {
    this.#socket.end();
  }

  /** Ends without close_notify. */
  cut() {
    this.#raw.end();
  }

  /** Ends with RST. */
  reset() {
    this.#raw.resetAndDestroy();
  }

  /** Does nothing more, until the client closes. */
  async stay() {
    await this.#until(() => false);
  }

  destroy() {
    this.#raw.destroy();
  }
}

class Server {
  requests = []; // complete ones, in order
  bytes = 0; // decrypted bytes received, of all connections
  written = 0; // and sent
  accepted = 0;
  errors = []; // of handshakes and sockets, as codes
  handshakes = []; // {protocol, suite, alpn, name, client} of those that were completed
  #listener;
  #open = new Set();
  #idle = () => {};

  /** `tls` is passed to createSecureContext and TLSSocket; `cert` names a case of make-certs.sh; `plain` is no TLS. */
  constructor(options) {
    this.play(options);
  }

  /** What the next connections meet. */
  play({ cert = 'good-rsa', tls = {}, plain = false, script = answering(json(tokens())) }) {
    Object.assign(this, { cert, tls, plain, script });
  }

  async listen(host = '127.0.0.1') {
    this.#listener = createServer({ noDelay: true }, (raw) => this.#accept(raw));
    this.#listener.listen(0, host);
    await once(this.#listener, 'listening');
    this.port = this.#listener.address().port;
    return this;
  }

  get origin() {
    return `https://localhost:${this.port}`;
  }
  get tokenUrl() {
    return `${this.origin}/common/oauth2/v2.0/token`;
  }
  get authorizeUrl() {
    return `${this.origin}/common/oauth2/v2.0/authorize`;
  }
  get last() {
    return this.requests.at(-1);
  }

  #accept(raw) {
    this.accepted += 1;
    const failed = (error) => this.errors.push(error.code ?? error.message);
    raw.on('error', failed);
    const socket = this.plain ? raw : this.#secure(raw).on('error', failed);
    const connection = new Connection(raw, socket, this);
    this.#open.add(connection);
    raw.on('close', () => {
      this.#open.delete(connection);
      if (this.#open.size === 0) this.#idle();
    });
    const run = () => this.script(connection, this.accepted).catch(failed);
    if (this.plain) run();
    else
      socket.on('secure', () => {
        this.#note(socket);
        run();
      });
  }

  #secure(raw) {
    const { fragment, requestCert, rejectUnauthorized, ...options } = this.tls;
    const secureContext = createSecureContext({ ...identity(this.cert), ...options });
    const socket = new TLSSocket(raw, {
      isServer: true,
      secureContext,
      requestCert,
      rejectUnauthorized,
      ALPNProtocols: ['http/1.1'],
    });
    if (fragment) socket.setMaxSendFragment(fragment);
    return socket;
  }

  #note(socket) {
    this.handshakes.push({
      protocol: socket.getProtocol(),
      suite: socket.getCipher().name,
      alpn: socket.alpnProtocol,
      name: socket.servername,
      client: socket.getPeerCertificate()?.subject?.CN, // who the client is by its certificate
    });
  }

  /** Waits until no connection is open: only then has everything that was sent been counted. */
  async quiet() {
    if (this.#open.size > 0)
      await new Promise((idle) => {
        this.#idle = idle;
      });
  }

  close() {
    this.#listener.close();
    for (const connection of this.#open) connection.destroy();
  }
}

/** Starts a server that lives as long as the test `t`. */
export async function serve(t, options = {}) {
  const server = await new Server(options).listen(options.host);
  t.after(() => server.close());
  return server;
}

// ---- Answers

const word = (kind, size) => `${kind}-${randomBytes(size).toString('base64url')}`;

/** A token answer with fresh tokens; `change` replaces members, undefined takes them out. */
export const tokens = (change = {}) => ({
  token_type: 'Bearer',
  scope: 'files.read',
  expires_in: 3599,
  access_token: word('at', 48),
  refresh_token: word('rt', 32),
  ...change,
});

/** An HTTP answer; a header of undefined is left out. */
export function http(status, body = '', headers = {}) {
  const fields = { 'Content-Length': Buffer.byteLength(body), ...headers };
  const lines = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`;
}

export const json = (object, status = '200 OK', headers = {}) =>
  http(status, JSON.stringify(object), {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    ...headers,
  });

/** An error as Entra writes it, line ends and all. */
export function aadsts(
  number,
  error = 'invalid_grant',
  status = '400 Bad Request',
  text = 'It failed.',
) {
  const id = '00000000-0000-4000-8000-000000000000';
  const lines = [
    `AADSTS${number}: ${text}`,
    `Trace ID: ${id}`,
    `Correlation ID: ${id}`,
    'Timestamp: 2026-01-02 03:04:05Z',
  ];
  return json(
    {
      error,
      error_description: lines.join('\r\n'),
      error_codes: [number],
      timestamp: '2026-01-02 03:04:05Z',
      trace_id: id,
      correlation_id: id,
      error_uri: `https://login.microsoftonline.com/error?code=${number}`,
    },
    status,
  );
}

// ---- Scripts

/** Answers every request on the connection with these bytes, or with what the function makes. */
export const answering = (answer) => async (connection) => {
  for (let request; (request = await connection.request());) {
    await connection.write(typeof answer === 'function' ? answer(request) : answer);
  }
  connection.end();
};

/** Reads one request, sends the pieces, a record each, and then does `how`: end, cut, reset, stay. */
export const sending =
  (pieces, how = 'end') =>
  async (connection) => {
    if (!(await connection.request())) return;
    for (const piece of pieces) await connection.write(piece);
    await connection[how]();
  };
