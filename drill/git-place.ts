/**
 * Stands in for the second place of the forge's repositories, such as GitHub: git over HTTP (git's own server) and one API call that
 * makes an empty repository. Asks for the account's token.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import execa from 'execa';

export interface GitAccount {
  user: string;
  token: string;
}

const NAME = /^[A-Za-z0-9._-]+$/;

export class GitPlace {
  private constructor(
    private readonly server: Server,
    readonly dir: string,
    private readonly account: GitAccount,
  ) {}

  /** Keeps its repositories in `dir`; listens on an address that hosts can reach, on any free port unless one is given. */
  static async listen(address: string, dir: string, account: GitAccount, port = 0): Promise<GitPlace> {
    mkdirSync(dir, { recursive: true });
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, address, resolve));
    const place = new GitPlace(server, dir, account);
    server.on(
      'request',
      (request, response) =>
        void place.answer(request, response).catch((error) => place.refuse(response, 500, String(error))),
    );
    return place;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Object ids of a repository's branches and tags by name; undefined where there is no such repository. */
  async refs(name: string): Promise<string | undefined> {
    const dir = join(this.dir, name);
    if (!existsSync(dir)) return undefined;
    return (await execa('git', ['--git-dir', dir, 'for-each-ref', '--format=%(objectname) %(refname)'])).stdout;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const expected = `Basic ${Buffer.from(`${this.account.user}:${this.account.token}`).toString('base64')}`;
    if (request.headers.authorization !== expected) return this.refuse(response, 401, 'a token is needed');
    const url = new URL(request.url ?? '/', 'http://place');
    if (url.pathname === '/api/repos' && request.method === 'POST') return this.create(request, response);
    this.serve(request, response, url);
  }

  private async create(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { name } = (await json(request)) as { name: string };
    if (!NAME.test(name)) return this.refuse(response, 422, 'not a name');
    const dir = join(this.dir, `${name}.git`);
    if (existsSync(dir)) return this.refuse(response, 409, 'there is one');
    await execa('git', ['init', '--quiet', '--bare', dir]);
    await execa('git', ['--git-dir', dir, 'config', 'http.receivepack', 'true']);
    response.writeHead(201, { 'content-type': 'application/json' }).end('{}');
  }

  /** git's own server, as a CGI program. */
  private serve(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const child = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env.PATH,
        GIT_PROJECT_ROOT: this.dir,
        GIT_HTTP_EXPORT_ALL: '1',
        REMOTE_USER: this.account.user,
        REQUEST_METHOD: request.method,
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    // It ends without reading everything when it refuses.
    child.stdin.on('error', () => undefined);
    request.pipe(child.stdin);
    let head = Buffer.alloc(0);
    child.stdout.on('data', (part: Buffer) => {
      if (response.headersSent) return void response.write(part);
      head = Buffer.concat([head, part]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const headers = head
        .subarray(0, end)
        .toString()
        .split('\r\n')
        .map((line) => line.split(': ') as [string, string]);
      const status = headers.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? '200';
      response.writeHead(Number(status), Object.fromEntries(headers.filter(([name]) => name !== 'Status')));
      response.write(head.subarray(end + 4));
    });
    child.on('close', () =>
      response.headersSent ? response.end() : this.refuse(response, 500, 'git ended without an answer'),
    );
  }

  private refuse(response: ServerResponse, status: number, why: string): void {
    if (!response.headersSent)
      response.writeHead(status, { 'content-type': 'text/plain', 'www-authenticate': 'Basic' });
    response.end(why);
  }
}
