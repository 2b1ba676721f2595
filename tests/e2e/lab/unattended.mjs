// Grants without a person, for the lab: an assertion (RFC 7523 2.1) and token exchange (RFC 8693), verified by
// npm's `jose`. Who signs for them is `signer`.
import { generateKeyPair, SignJWT, jwtVerify } from 'jose';

export const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
export const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
export const jwtType = 'urn:ietf:params:oauth:token-type:jwt';

/** Somebody whom the lab trusts: sign({claims}) gives a JWT that is good for five minutes, or as `change` says. */
export async function makeSigner(issuer = 'https://signer.example') {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  let count = 0;
  const sign = ({ aud, key = privateKey, life = 300, age = 0, ...claims }) => {
    const now = Math.floor(Date.now() / 1000) - age;
    count += 1;
    return new SignJWT({ iss: issuer, sub: 'device-1', jti: `jti-${count}`, ...claims, aud })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
      .setIssuedAt(now)
      .setExpirationTime(now + life)
      .sign(key);
  };
  return { issuer, publicKey, sign };
}

/** Registers both grants. `lab.signer` is asked for at each request. */
export function unattendedGrants(provider, lab, { InvalidGrant, InvalidRequest }) {
  const used = new Set();
  const verify = async (token) => {
    try {
      const { payload } = await jwtVerify(token, lab.signer.publicKey, { issuer: lab.signer.issuer, audience: lab.tokenUrl });
      if (used.has(payload.jti)) throw new Error('it was used before');
      used.add(payload.jti);
    } catch (error) {
      throw new InvalidGrant(error.message);
    }
  };
  const issue = async (context, more) => {
    const { client, params } = context.oidc;
    const token = new provider.ClientCredentials({ client, scope: params.scope });
    lab.extra = { audience: params.audience, resource: params.resource };
    context.body = { access_token: await token.save(), token_type: 'Bearer', expires_in: token.expiration, ...more };
  };
  provider.registerGrantType(jwtBearer, async (context) => {
    await verify(context.oidc.params.assertion);
    await issue(context, {});
  }, ['assertion', 'scope', 'audience', 'resource'], ['resource']);
  provider.registerGrantType(tokenExchange, async (context) => {
    const { params } = context.oidc;
    if (params.subject_token_type !== jwtType) throw new InvalidRequest('another subject_token_type was expected');
    await verify(params.subject_token);
    await issue(context, { issued_token_type: accessTokenType, token_type: lab.exchanged ?? 'Bearer' });
  }, ['subject_token', 'subject_token_type', 'scope', 'audience', 'resource'], ['resource']);
}
