// A real authorization server on loopback: npm's oidc-provider, dressed with the paths of Microsoft
// Entra. Any user name and password signs in. As a module: startLab(). As a command, for the demo:
//   node server.mjs [--access-pad N] [--refresh-size N]
// prints name=value lines, then an empty one, and stays until SIGTERM. `control` is plain HTTP:
// GET /posts is the status of each answer the token endpoint gave; GET /approve?user_code=C and
// /deny?user_code=C are what a person does with a device code.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import { connect } from 'node:net';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { clients, machines } from './clients.mjs';
import { certs, identity } from './paths.mjs';
import { path as servicePath, service } from './service.mjs';
import { jwtBearer, makeSigner, tokenExchange, unattendedGrants } from './unattended.mjs';

// oidc-provider says aloud what is not fit for production. Nothing here is, so it is not listened to.
async function quietly(work) {
  const { warn, info } = console;
  Object.assign(console, { warn() {}, info() {} });
  try {
    return await work();
  } finally {
    Object.assign(console, { warn, info });
  }
}
const { default: Provider, errors } = await quietly(() => import('oidc-provider'));

const graph = 'https://graph.microsoft.com';
const permissions = 'files.read files.read.all files.readwrite files.readwrite.all';
const paths = {
  authorization: '/common/oauth2/v2.0/authorize',
  token: '/common/oauth2/v2.0/token',
  device_authorization: '/common/oauth2/v2.0/devicecode',
  code_verification: '/common/oauth2/deviceauth',
};
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

const application = {
  redirect_uris: ['http://localhost', 'http://localhost/callback'],
  response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token', deviceGrant],
  application_type: 'native', // any port of localhost will do (RFC 8252 7.3)
};

const machine = {
  redirect_uris: [],
  response_types: [],
  grant_types: ['client_credentials', jwtBearer, tokenExchange],
};

const registered = ({ id, secret, method }) => ({
  client_id: id,
  client_secret: secret,
  token_endpoint_auth_method: method,
});

/** The key of the client that proves itself by one: as PEM, and its public half as the server knows it. */
function makeClientKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' };
  return { pem: privateKey.export({ format: 'pem', type: 'pkcs8' }), jwk };
}

const signingKey = (type, options, more) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
  use: 'sig',
  ...more,
});

const button = (form) => `<button type="submit" form="${form}">Continue</button>`;
const page = (context, title, rest) => {
  context.body = `<!DOCTYPE html><title>${title}</title><h1>${title}</h1>${rest}`;
};
const devicePages = {
  userCodeInputSource: (context, form) =>
    page(context, 'Enter the code', form + button('op.deviceInputForm')),
  userCodeConfirmSource: (context, form, _client, _device, userCode) =>
    page(context, `Is it ${userCode}?`, form + button('op.deviceConfirmForm')),
  successSource: (context) => page(context, 'The device is signed in', ''),
};

/** Mutual TLS (RFC 8705): the certificate is that of the connection, resumed or not. */
const certificate = ({ req }) => req.socket.getPeerX509Certificate();
const mutualTls = {
  enabled: true,
  tlsClientAuth: true,
  selfSignedTlsClientAuth: true,
  getCertificate: certificate,
  certificateAuthorized: ({ req }) => req.socket.authorized,
  certificateSubjectMatches: (context, _property, expected) => certificate(context).subject === expected,
};

/** `lab` is read at each request, so that a test can change its mind. */
function configuration(lab, key) {
  const resourceServer = () => ({
    scope: permissions,
    audience: graph,
    accessTokenTTL: lab.accessTtl,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  });
  return {
    clients: [
      ...Object.values(clients).map((client) => ({ ...application, ...registered(client) })),
      ...Object.values(machines).map((client) => ({
        ...machine,
        ...registered(client),
        ...(client.method === 'private_key_jwt' && { jwks: { keys: [lab.clientKey.jwk] } }),
      })),
      ...[...(lab.mtls ?? []), ...(lab.signing ?? [])].map((client) => ({ ...application, ...client })),
    ],
    enabledJWA: { clientAuthSigningAlgValues: ['HS256', 'RS256', 'PS256', 'ES256', 'ES384'] },
    ...(lab.mtls && { clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none', 'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'] }),
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    scopes: ['openid', 'offline_access'],
    routes: paths,
    // As Entra: the ID token has the name that a person signs in with.
    claims: { openid: ['sub', 'preferred_username'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: `${id}@example.com` }) }),
    pkce: { required: () => true },
    // As Entra: a refresh token whenever offline_access was asked for, also without prompt=consent.
    issueRefreshToken: () => true,
    expiresWithSession: () => false,
    rotateRefreshToken: () => lab.rotate,
    formats: {
      bitsOfOpaqueRandomness: (_, { kind }) =>
        kind === 'RefreshToken' ? lab.refreshSize * 6 : 256,
    },
    extraTokenClaims: () => (lab.accessPad ? { pad: 'x'.repeat(lab.accessPad) } : undefined),
    ttl: {
      AccessToken: 3600,
      ClientCredentials: 3600,
      AuthorizationCode: 600,
      RefreshToken: 90 * 86400,
      Grant: 3650 * 86400, // as Entra: each refresh gives it 90 days more, without end
      Session: 86400,
      Interaction: 3600,
      DeviceCode: () => lab.deviceTtl,
      IdToken: 3600,
    },
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true, ...devicePages },
      ...(lab.mtls && { mTLS: mutualTls }),
      revocation: { enabled: true, allowedPolicy: async () => true },
      introspection: { enabled: true, allowedPolicy: async () => true },
      userinfo: { enabled: true },
      ...(lab.initialToken && {
        registration: { enabled: true, initialAccessToken: lab.initialToken },
        registrationManagement: { enabled: true },
      }),
      resourceIndicators: {
        enabled: lab.api,
        defaultResource: () => graph,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => {
          if (resource !== graph) throw new errors.InvalidTarget();
          return resourceServer();
        },
      },
    },
  };
}

/** What oidc-provider leaves out of the device flow: an interval, and slow_down (RFC 8628 3.2, 3.5). */
const deviceManners = (lab) => async (context, next) => {
  await next();
  if (context.oidc?.route === 'device_authorization' && context.status === 200)
    context.body = { ...context.body, interval: lab.deviceInterval };
  if (context.oidc?.route !== 'token' || context.oidc.params?.grant_type !== deviceGrant) return;
  if (context.body?.error === 'authorization_pending' && lab.slowDown > 0) {
    lab.slowDown -= 1;
    context.body = { error: 'slow_down', ...(lab.slowTo && { interval: lab.slowTo }) };
  }
  lab.polls.push({ at: performance.now(), error: context.body?.error });
  lab.bell.emit('poll');
};

/** The answer of the token endpoint is made, but not sent yet. */
const holding = (lab) => async (context, next) => {
  await next();
  if (context.oidc?.route === 'token') await lab.hold?.();
};

/** What a person does on another device: approve(userCode), deny(userCode). */
function deviceControls(provider, lab) {
  const find = async (userCode) => {
    const code = await provider.DeviceCode.findByUserCode(userCode.replace(/[^A-Z0-9]/g, ''));
    if (!code) throw new Error(`there is no user code ${userCode}`);
    return code;
  };
  lab.approve = async (userCode, accountId = 'alice') => {
    const code = await find(userCode);
    const { scope, resource = graph } = code.params;
    const grant = new provider.Grant({ accountId, clientId: code.clientId });
    grant.addOIDCScope(scope);
    grant.addResourceScope(resource, scope);
    const authTime = Math.floor(Date.now() / 1000);
    Object.assign(code, { accountId, grantId: await grant.save(), scope, resource, authTime });
    await code.save();
  };
  lab.deny = async (userCode) => {
    const code = await find(userCode);
    Object.assign(code, { error: 'access_denied', errorDescription: 'the person said no' });
    await code.save();
  };
}

/**
 * Starts the server on a free port. The lab that is returned can be changed while it runs: rotate
 * (a new refresh token at each refresh, the old one kills the grant), accessTtl, accessPad (bytes
 * added to the access token's claims), refreshSize (characters); deviceTtl, deviceInterval (seconds),
 * slowDown (so many polls are told to slow down), slowTo (the interval they are told); page (HTML that
 * answers everything, as a captive portal does), busy (seconds that everybody is told to stay away),
 * hold (its promise is waited for before an answer of the token endpoint goes out). For the start
 * alone: api (tokens are JWTs for an API; without it they are for the server's own userinfo), cert (a case of make-certs.sh), maxVersion of TLS, initialToken (for
 * registrations, which there are none of without), mtls (clients that prove themselves by a
 * certificate, which every connection is asked for then), signing (clients that prove themselves by a signature). `asked` is how many requests the token endpoint got, `posts` has the status of each
 * answer it gave, `reasons` has why it refused, which clients are not told, `polls` when it was asked for a device code, and the error it gave, `handshakes`
 * which were resumed.
 */
export async function startLab(settings = {}) {
  const lab = {
    rotate: true,
    accessTtl: 3599,
    accessPad: 0,
    api: true,
    refreshSize: 43,
    deviceTtl: 900,
    deviceInterval: 1,
    slowDown: 0,
    cert: 'good-rsa',
    maxVersion: 'TLSv1.3',
    asked: 0,
    posts: [],
    polls: [],
    bell: new EventEmitter(),
    handshakes: [],
    ...settings,
  };
  lab.clientKey = makeClientKey();
  let handle;
  const key = signingKey('rsa', { modulusLength: 2048 }, { alg: 'RS256' });
  const serve = service(key, graph);
  const { maxVersion, cert } = lab;
  const asking = lab.mtls && {
    requestCert: true,
    rejectUnauthorized: false, // oidc-provider judges it
    ca: readFileSync(`${certs}/root-client.crt`),
  };
  const working = new Set();
  const sockets = new Set();
  const server = createServer({ ...identity(cert), maxVersion, ...asking }, (request, response) => {
    if (request.method === 'POST' && request.url === paths.token) {
      lab.asked += 1;
      response.on('finish', () => lab.posts.push(response.statusCode));
    }
    if (lab.busy) {
      response.writeHead(429, { 'Retry-After': lab.busy }).end();
    } else if (lab.page) {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end(lab.page);
    } else if (request.url === servicePath) {
      serve(request, response);
    } else {
      const work = handle(request, response).finally(() => working.delete(work));
      working.add(work);
    }
  });
  server.on('secureConnection', (socket) =>
    lab.handshakes.push({ protocol: socket.getProtocol(), resumed: socket.isSessionReused() }),
  );
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();

  lab.issuer = `https://localhost:${port}`;
  lab.authorizeUrl = lab.issuer + paths.authorization;
  lab.tokenUrl = lab.issuer + paths.token;
  lab.revocationUrl = `${lab.issuer}/token/revocation`;
  lab.introspectionUrl = `${lab.issuer}/token/introspection`;
  lab.userinfoUrl = `${lab.issuer}/me`;
  lab.deviceUrl = lab.issuer + paths.device_authorization;
  lab.serviceUrl = lab.issuer + servicePath;
  const provider = await quietly(() => new Provider(lab.issuer, configuration(lab, key)));
  provider.use(deviceManners(lab));
  provider.use(holding(lab));
  handle = provider.callback();
  deviceControls(provider, lab);
  lab.signer = await makeSigner();
  unattendedGrants(provider, lab, errors);
  lab.errors = [];
  lab.reasons = [];
  provider.on('grant.error', (_, error) => lab.reasons.push(error.error_detail ?? error.cause?.message));
  provider.on('server_error', (_, error) => lab.errors.push(error));

  /** As if an administrator had revoked the sessions of whoever holds this refresh token. */
  lab.revoke = async (refreshToken) => {
    const { grantId } = await provider.RefreshToken.find(refreshToken);
    await (await provider.Grant.find(grantId)).destroy();
  };
  /** The client with this ID as the server knows it, or undefined. */
  lab.client = (id) => provider.Client.find(id);
  /** As if the owner had made a new secret in the portal, and deleted the old one. */
  lab.replaceSecret = async (id, secret) => {
    (await provider.Client.find(id)).clientSecret = secret;
  };
  /** As if its ticket keys had been changed: no session from before can be resumed. */
  lab.forgetSessions = () => server.setTicketKeys(randomBytes(48));
  /** Waits until all that was sent on connections that are closed by now has been dealt with. */
  lab.quiet = async () => {
    const last = connect(port, '127.0.0.1').on('error', () => {}); // those before it were accepted
    last.resume().end();
    await once(last, 'close');
    while (sockets.size > 0) await once([...sockets][0], 'close');
    await Promise.allSettled([...working]);
  };
  /** Waits until a device code was asked for `n` times in all. */
  lab.polled = async (n) => {
    while (lab.polls.length < n) await once(lab.bell, 'poll');
  };
  /** Closes the connections that nobody is using just now. */
  lab.closeIdle = () => server.closeIdleConnections();
  /** As if it was restarted: it is away until `up`, and all its connections are closed. */
  lab.down = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  lab.up = async () => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  lab.stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return lab;
}

async function main() {
  const { values } = parseArgs({
    options: {
      'access-pad': { type: 'string', default: '0' },
      'refresh-size': { type: 'string', default: '43' },
    },
  });
  const lab = await startLab({
    accessPad: Number(values['access-pad']),
    refreshSize: Number(values['refresh-size']),
  });
  const control = createPlainServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    const controls = { '/posts': () => lab.posts, '/approve': lab.approve, '/deny': lab.deny };
    const answer = await Promise.resolve(controls[pathname]?.(searchParams.get('user_code') ?? ''))
      .then((result) => [controls[pathname] ? 200 : 404, result ?? null])
      .catch((error) => [404, error.message]);
    response.writeHead(answer[0], { 'Content-Type': 'application/json' });
    response.end(`${JSON.stringify(answer[1])}\n`);
  });
  control.listen(0, '127.0.0.1');
  await once(control, 'listening');
  const stop = () => {
    lab.stop();
    control.close();
    control.closeAllConnections();
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  const { id, secret } = clients.post;
  console.log(`issuer=${lab.issuer}
authorize_url=${lab.authorizeUrl}
token_url=${lab.tokenUrl}
device_url=${lab.deviceUrl}
client_id=${id}
client_secret=${secret}
control=http://127.0.0.1:${control.address().port}
`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main();
