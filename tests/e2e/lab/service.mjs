// The service that the lab's access tokens are for: GET /v1.0/me with a bearer token that this lab
// signed, for it, and that is still valid (RFC 6750 2.1). Everything else is a 401.
import { createPublicKey, verify } from 'node:crypto';

export const path = '/v1.0/me';

const part = (text) => JSON.parse(Buffer.from(text, 'base64url'));

function claims(token, key, audience) {
  const [head, body, signature] = token.split('.');
  const good = verify('sha256', `${head}.${body}`, key, Buffer.from(signature, 'base64url'));
  const { aud, exp, sub } = part(body);
  return good && part(head).alg === 'RS256' && aud === audience && exp > Date.now() / 1000
    ? sub
    : undefined;
}

/** Answers such a request; `key` is the JWK that signs tokens for `audience`. */
export function service(key, audience) {
  const publicKey = createPublicKey({ key, format: 'jwk' });
  return (request, response) => {
    let sub;
    try {
      const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization);
      sub = claims(token, publicKey, audience);
    } catch {} // not even a token
    response.writeHead(sub ? 200 : 401, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(sub ? { id: sub } : { error: 'invalid_token' }));
  };
}
