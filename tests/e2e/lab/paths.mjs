// Where things lie, for every test and tool of the lab.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');
export const moat = process.env.MOAT || `${root}/build/moat`;
/** The folder that `moat` was built in, and the examples with it. */
export const build = dirname(moat);
export const certs = process.env.MOAT_CERTS || `${root}/build/certs`;
export const roots = `${certs}/roots.pem`;

// Certificates are made once, by the first process that asks; make-certs.sh keeps the others waiting.
execFileSync(`${root}/tests/tls/make-certs.sh`, [certs], {
  stdio: ['ignore', 'ignore', 'inherit'],
});

/** Key and certificate chain of a case of make-certs.sh, as node:tls takes them. */
export const identity = (name) => ({
  key: readFileSync(`${certs}/${name}.key`),
  cert: readFileSync(`${certs}/${name}.chain.pem`),
});
