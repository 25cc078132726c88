/** The S3 server that the embedded cloud runs, on a port of its own on loopback. */
import { spawn, spawnSync, type ChildProcess } from 'child_process';
import { createServer } from 'net';

const freePort = () =>
  new Promise<number>((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });

export async function until(what: string, seconds: number, check: () => boolean): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!check()) {
    if (Date.now() > end) throw new Error(`gave up after ${seconds} s: ${what}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

/** Runs it with what `argumentsFor` gives for the address to listen on; `ca` is the file of the certificate that it answers with. */
export async function startGateway(
  binary: string,
  admin: { access: string; secret: string },
  argumentsFor: (listen: string) => string[],
  ca?: string,
): Promise<{ endpoint: string; server: ChildProcess }> {
  const listen = `127.0.0.1:${await freePort()}`;
  const endpoint = `${ca === undefined ? 'http' : 'https'}://${listen}`;
  const server = spawn(binary, argumentsFor(listen), {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, ROOT_ACCESS_KEY: admin.access, ROOT_SECRET_KEY: admin.secret },
  });
  await until(
    'the S3 server answers',
    20,
    () =>
      spawnSync('curl', ['-sf', ...(ca === undefined ? [] : ['--cacert', ca]), '-o', '/dev/null', `${endpoint}/health`])
        .status === 0,
  );
  return { endpoint, server };
}
