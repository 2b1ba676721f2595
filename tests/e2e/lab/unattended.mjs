// Grants without a person, for the lab: an assertion (RFC 7523 2.1) and token exchange (RFC 8693), verified by
// npm's `jose`. Who signs for them is `signer`, or a service account.
import { generateKeyPairSync } from 'node:crypto';
import { generateKeyPair, SignJWT, decodeJwt, jwtVerify } from 'jose';
import { json, tokens } from './scripted.mjs';

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
  return { issuer, publicKey, privateKey, sign };
}

/** A service account that the lab may know: `file` is the JSON that a console makes for it. */
export function makeServiceAccount(email = 'meter@project.example') {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const file = {
    type: 'service_account', project_id: 'project', private_key_id: '0123456789abcdef',
    private_key: privateKey.export({ format: 'pem', type: 'pkcs8' }), client_email: email, client_id: '123456789',
    auth_uri: 'https://accounts.google.com/o/oauth2/auth', token_uri: 'https://oauth2.googleapis.com/token',
  };
  return { issuer: email, publicKey, keyId: file.private_key_id, file };
}

/** A server that knows a workload by the token of `trust`: {signer, subject, audience, clientId}; with `once` it takes each token once. */
export function federating(trust) {
  const used = new Set();
  const judge = async ({ client_id: id, client_assertion: assertion, client_secret: secret }) => {
    const { payload } = await jwtVerify(assertion, trust.signer.publicKey, { issuer: trust.signer.issuer, subject: trust.subject, audience: trust.audience });
    if (id !== trust.clientId || secret !== undefined) throw new Error('another client');
    if (trust.once && used.has(payload.jti)) throw new Error('it was used before');
    used.add(payload.jti);
  };
  return async (connection) => {
    for (let request; (request = await connection.request());) {
      const answer = await judge(request.form).then(
        () => json(tokens()),
        (error) => json({ error: 'invalid_client', error_description: error.message }, '401 Unauthorized'),
      );
      await connection.write(answer);
    }
    connection.end();
  };
}

/** Registers both grants. `lab.signer` and `lab.serviceAccount` are asked for at each request. */
export function unattendedGrants(provider, lab, { InvalidGrant, InvalidRequest }) {
  const used = new Set();
  const verify = async (token) => {
    try {
      const { iss } = decodeJwt(token);
      const signer = lab.serviceAccount?.issuer === iss ? lab.serviceAccount : lab.signer;
      const { payload, protectedHeader } = await jwtVerify(token, signer.publicKey, { issuer: signer.issuer, audience: lab.tokenUrl });
      if (signer.keyId && signer.keyId !== protectedHeader.kid) throw new Error('there is no such key');
      lab.claims = payload;
      if (used.has(payload.jti)) throw new Error('it was used before');
      used.add(payload.jti);
    } catch (error) {
      lab.reasons.push(error.message);
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
