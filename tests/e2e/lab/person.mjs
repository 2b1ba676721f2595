// A person with a browser, as a script: follows the authorize URL, signs in, consents, and hands back
// what the address bar shows in the end. As a module: signIn(). As a command:
//   node person.mjs URL [USER]     (or the URL on stdin, with - in its place)
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { pathToFileURL } from 'node:url';
import { roots } from './paths.mjs';

const ca = readFileSync(roots);

/** One request with the cookies of this sign-in. */
function visit(url, cookies, form) {
  return new Promise((resolve, reject) => {
    const headers = { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
    if (form) headers['Content-Type'] = 'application/x-www-form-urlencoded';
    const sent = request(
      url,
      { ca, headers, agent: false, method: form ? 'POST' : 'GET' },
      (answer) => {
        for (const line of answer.headers['set-cookie'] ?? []) {
          const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
          cookies.set(name, value);
        }
        const chunks = [];
        answer
          .on('data', (chunk) => chunks.push(chunk))
          .on('error', reject)
          .on('end', () =>
            resolve({
              location: answer.headers.location && new URL(answer.headers.location, url).href,
              page: Buffer.concat(chunks).toString(),
            }),
          );
      },
    );
    sent.on('error', reject).end(form && new URLSearchParams(form).toString());
  });
}

/** Signs in at the authorize URL; returns the redirect URL, on http://localhost, with code and state. */
export async function signIn(authorizeUrl, user = 'alice') {
  const cookies = new Map();
  let url = authorizeUrl;
  let form;
  for (let step = 0; step < 15; step += 1) {
    const { location, page } = await visit(url, cookies, form);
    form = undefined;
    if (location?.startsWith('http://localhost')) return location;
    if (location) {
      url = location;
      continue;
    }
    const action = /<form[^>]* action="([^"]+)"/.exec(page);
    if (!action)
      throw new Error(`no form to fill in: ${page.replace(/<[^>]*>|\s+/g, ' ').slice(0, 300)}`);
    url = new URL(action[1], url).href;
    form = /name="login"/.test(page)
      ? { prompt: 'login', login: user, password: 'any' }
      : { prompt: 'consent' };
  }
  throw new Error('the sign-in goes round in circles');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , url, user] = process.argv;
  console.log(await signIn(url === '-' ? readFileSync(0, 'utf8').trim() : url, user));
}
