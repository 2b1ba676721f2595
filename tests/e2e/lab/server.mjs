// A real authorization server on loopback: npm's oidc-provider, dressed with the paths of Microsoft
// Entra. Any user name and password signs in. As a module: startLab(). As a command, for the demo:
//   node server.mjs [--access-pad N] [--refresh-size N]
// prints name=value lines, then an empty one, and stays until SIGTERM. `control` is plain HTTP:
// GET /posts is the status of each answer the token endpoint gave.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { clients } from './clients.mjs';
import { identity } from './paths.mjs';

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
};

const application = {
  redirect_uris: ['http://localhost', 'http://localhost/callback'],
  response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token'],
  application_type: 'native', // any port of localhost will do (RFC 8252 7.3)
};

const signingKey = (type, options, more) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
  use: 'sig',
  ...more,
});

/** `lab` is read at each request, so that a test can change its mind. */
function configuration(lab) {
  const resourceServer = () => ({
    scope: permissions,
    audience: graph,
    accessTokenTTL: lab.accessTtl,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  });
  return {
    clients: Object.values(clients).map(({ id, secret, method }) => ({
      ...application,
      client_id: id,
      client_secret: secret,
      token_endpoint_auth_method: method,
    })),
    jwks: { keys: [signingKey('rsa', { modulusLength: 2048 }, { alg: 'RS256' })] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    scopes: ['openid', 'offline_access'],
    routes: paths,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
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
      AuthorizationCode: 600,
      RefreshToken: 90 * 86400,
      Grant: 90 * 86400,
      Session: 86400,
      Interaction: 3600,
      IdToken: 3600,
    },
    features: {
      resourceIndicators: {
        enabled: true,
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

/**
 * Starts the server on a free port. The lab that is returned can be changed while it runs: rotate
 * (a new refresh token at each refresh, the old one kills the grant), accessTtl, accessPad (bytes
 * added to the access token's claims), refreshSize (characters). `posts` has the status of each answer
 * the token endpoint gave.
 */
export async function startLab(settings = {}) {
  const lab = {
    rotate: true,
    accessTtl: 3599,
    accessPad: 0,
    refreshSize: 43,
    posts: [],
    ...settings,
  };
  let handle;
  const server = createServer(identity('good-rsa'), (request, response) => {
    if (request.method === 'POST' && request.url === paths.token) {
      response.on('finish', () => lab.posts.push(response.statusCode));
    }
    handle(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  lab.issuer = `https://localhost:${server.address().port}`;
  lab.authorizeUrl = lab.issuer + paths.authorization;
  lab.tokenUrl = lab.issuer + paths.token;
  const provider = await quietly(() => new Provider(lab.issuer, configuration(lab)));
  handle = provider.callback();
  lab.errors = [];
  provider.on('server_error', (_, error) => lab.errors.push(error));

  /** As if an administrator had revoked the sessions of whoever holds this refresh token. */
  lab.revoke = async (refreshToken) => {
    const { grantId } = await provider.RefreshToken.find(refreshToken);
    await (await provider.Grant.find(grantId)).destroy();
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
  const control = createPlainServer((request, response) => {
    response.writeHead(request.url === '/posts' ? 200 : 404, {
      'Content-Type': 'application/json',
    });
    response.end(request.url === '/posts' ? `${JSON.stringify(lab.posts)}\n` : '');
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
client_id=${id}
client_secret=${secret}
control=http://127.0.0.1:${control.address().port}
`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main();
