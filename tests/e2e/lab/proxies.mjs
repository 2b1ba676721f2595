// Proxies on loopback, for as long as a test lives: tinyproxy and squid of Debian, and one that does
// what a script says. `user` is what a client has to prove itself with: "user:password".
import { execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A name that only squid knows: as 127.0.0.1. */
export const hidden = 'only-the-proxy.knows.test';

/** A port that nobody listens at, and none that the system gives to others before a daemon has taken it. */
async function freePort() {
  for (;;) {
    const server = createServer().listen(randomInt(20000, 30000), '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Resolves once the port takes connections: squid says that it does so a little before. */
async function reachable(port) {
  for (const limit = Date.now() + 60000; ; ) {
    const probe = connect(port, '127.0.0.1');
    try {
      await once(probe, 'connect');
      return;
    } catch (error) {
      if (error.code !== 'ECONNREFUSED' || Date.now() > limit) throw error;
    } finally {
      probe.destroy();
    }
  }
}

/** A folder that a daemon with another user's rights can use. */
function folder(t) {
  const dir = mkdtempSync(join(tmpdir(), 'moat-proxy-'));
  chmodSync(dir, 0o1777);
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Runs a daemon in the foreground until the test ends; resolves once it has said that it listens. */
async function run(t, file, args, listens) {
  const PATH = `${process.env.PATH}:/usr/sbin`; // which an ordinary user need not have
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH } });
  const ended = once(child, 'exit');
  t.after(() => {
    child.kill(); // by SIGTERM, at which squid removes its shared memory
    return ended;
  });
  let said = '';
  await new Promise((ready, failed) => {
    const hear = (text) => {
      said += text;
      if (listens.test(said)) ready();
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear);
    child.on('error', failed);
    child.on('exit', (code) => failed(new Error(`${file} ended with ${code}:\n${said}`)));
  });
}

export async function tinyproxy(t, { user } = {}) {
  const port = await freePort(), dir = folder(t);
  writeFileSync(`${dir}/conf`, [
    `Port ${port}`, 'Listen 127.0.0.1', 'Timeout 60', 'LogLevel Info', 'MaxClients 20',
    ...(user ? [`BasicAuth ${user.replace(':', ' ')}`] : []), '',
  ].join('\n'));
  await run(t, 'tinyproxy', ['-d', '-c', `${dir}/conf`], /Accepting connections/);
  return { url: `http://127.0.0.1:${port}`, port };
}

/** The tunnels in a log, once those are at least so many: squid logs one after its end. */
async function tunnelsOf(file, least) {
  const watcher = watch(file), signal = AbortSignal.timeout(60000);
  try {
    for (;;) {
      const lines = readFileSync(file, 'utf8').split('\n').filter((line) => line.includes(' CONNECT '));
      if (lines.length >= least) return lines;
      await once(watcher, 'change', { signal });
    }
  } finally {
    watcher.close();
  }
}

/** `tunnels(n)` gives what its log has, once that is n lines: "STATUS METHOD HOST:PORT", in order. */
export async function squid(t, { user, deny = [] } = {}) {
  const port = await freePort(), dir = folder(t), log = `${dir}/log`;
  writeFileSync(`${dir}/hosts`, `127.0.0.1 localhost ${hidden}\n`);
  writeFileSync(log, '', { mode: 0o666 });
  chmodSync(log, 0o666);
  if (user) {
    const [name, password] = user.split(':');
    const hash = execFileSync('openssl', ['passwd', '-apr1', password], { encoding: 'utf8' });
    writeFileSync(`${dir}/users`, `${name}:${hash}`);
  }
  writeFileSync(`${dir}/conf`, [
    `http_port 127.0.0.1:${port}`, 'visible_hostname proxy.test', 'pid_filename none', 'cache deny all',
    'shutdown_lifetime 0 seconds', `coredump_dir ${dir}`, `cache_log ${dir}/cache.log`, 'netdb_filename none', `hosts_file ${dir}/hosts`, 'dns_nameservers 127.0.0.1',
    'dns_timeout 1 second', 'logformat short %>Hs %rm %ru', `access_log stdio:${log} short`, 'buffered_logs off',
    ...(user ? [`auth_param basic program /usr/lib/squid/basic_ncsa_auth ${dir}/users`, 'auth_param basic children 1',
      'auth_param basic realm a, "realm"', 'acl known proxy_auth REQUIRED'] : []),
    ...(deny.length ? [`acl denied dstdomain ${deny.join(' ')}`, 'http_access deny denied'] : []),
    user ? 'http_access allow known' : 'http_access allow all', 'http_access deny all', '',
  ].join('\n'));
  await run(t, 'squid', ['-N', '-d', '1', '-n', `moat${port}`, '-f', `${dir}/conf`], /Accepting HTTP Socket connections/);
  await reachable(port);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    tunnels: (least) => tunnelsOf(log, least),
  };
}

/**
 * A proxy that answers each CONNECT with what `answer(head)` says; without that it makes a tunnel, to
 * 127.0.0.1 whatever the name. `requests` are the heads it was sent.
 */
export async function scriptedProxy(t, answer = () => undefined) {
  const requests = [], open = new Set();
  const server = createServer((client) => {
    open.add(client);
    client.on('close', () => open.delete(client)).on('error', () => {});
    let head = '';
    const read = (data) => {
      head += data.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      client.off('data', read);
      requests.push(head);
      const said = answer(head);
      if (said !== undefined) return void client.end(said);
      const port = Number(/^CONNECT \S+:(\d+) /.exec(head)[1]);
      const onward = connect(port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.pipe(onward).pipe(client);
      });
      open.add(onward);
      onward.on('close', () => { open.delete(onward); client.destroy(); }).on('error', () => client.destroy());
    };
    client.on('data', read);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const { port } = server.address();
  return { url: `http://127.0.0.1:${port}`, port, requests };
}
