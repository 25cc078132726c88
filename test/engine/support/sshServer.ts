import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, Stats, statSync, writeSync } from 'node:fs';
import { AddressInfo } from 'node:net';
import { AuthContext, Connection, Server, utils } from 'ssh2';

export interface KeyPair {
  private: string;
  public: string;
}
/** A fresh ed25519 key pair. */
export function newKey(): KeyPair {
  // The generator writes a key that nothing can read now and then.
  for (;;) {
    const pair = utils.generateKeyPairSync('ed25519');
    if (!(utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}

/** An SSH server that runs commands and takes files on this machine. */
export class SshServer {
  readonly hostKey = newKey();
  readonly userKey = newKey();
  /** Commands that were run, with what they got as input. */
  readonly commands: string[] = [];
  connections = 0;
  private readonly server: Server;
  private readonly open = new Set<Connection>();

  private constructor() {
    this.server = new Server({ hostKeys: [this.hostKey.private] }, (client) => {
      this.connections++;
      this.open.add(client);
      client.on('error', () => undefined);
      client.on('authentication', (context) => this.authenticate(context));
      client.on('session', (accept) => {
        const session = accept();
        session.on('exec', (acceptExec, _reject, { command }) => this.run(command, acceptExec()));
        session.on('sftp', (acceptSftp) => serveFiles(acceptSftp()));
      });
    });
  }

  static async start(address = '127.0.0.1', port = 0): Promise<SshServer> {
    const ssh = new SshServer();
    await new Promise<void>((resolve) => ssh.server.listen(port, address, resolve));
    return ssh;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The `connection` argument, as program text. */
  connection(extra: object = {}): string {
    return JSON.stringify({
      host: '127.0.0.1',
      port: this.port,
      hostKey: this.hostKey.public,
      privateKey: this.userKey.private,
      dialErrorLimit: 2,
      ...extra,
    });
  }

  stop(): void {
    for (const client of this.open) client.end();
    this.server.close();
  }

  private authenticate(context: AuthContext): void {
    const allowed = utils.parseKey(this.userKey.public);
    if (allowed instanceof Error || Array.isArray(allowed)) throw new Error('bad test key');
    if (context.method === 'publickey' && context.key.data.equals(allowed.getPublicSSH())) context.accept();
    else context.reject(['publickey']);
  }

  private run(command: string, channel: any): void {
    this.commands.push(command);
    const child = spawn('/bin/sh', ['-c', command]);
    channel.pipe(child.stdin);
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (data: Buffer) => channel.write(data));
    child.stderr.on('data', (data: Buffer) => channel.stderr.write(data));
    channel.on('close', () => child.kill('SIGKILL'));
    child.on('close', (code: number) => {
      channel.exit(code ?? 1);
      channel.end();
    });
  }
}

const { STATUS_CODE: STATUS } = utils.sftp;

function serveFiles(sftp: any): void {
  const guarded = (id: number, act: () => void): void => {
    try {
      act();
    } catch (error) {
      sftp.status(id, (error as NodeJS.ErrnoException).code === 'ENOENT' ? STATUS.NO_SUCH_FILE : STATUS.FAILURE);
    }
  };
  const attributes = (id: number, { mode, uid, gid, size, atimeMs, mtimeMs }: Stats): void => {
    sftp.attrs(id, { mode, uid, gid, size, atime: Math.floor(atimeMs / 1000), mtime: Math.floor(mtimeMs / 1000) });
  };
  const stat = (id: number, path: string): void => guarded(id, () => attributes(id, statSync(path)));
  sftp.on('OPEN', (id: number, path: string) =>
    guarded(id, () => {
      const handle = Buffer.alloc(4);
      handle.writeUInt32BE(openSync(path, 'w'));
      sftp.handle(id, handle);
    }),
  );
  sftp.on('WRITE', (id: number, handle: Buffer, offset: number, data: Buffer) =>
    guarded(id, () => {
      writeSync(handle.readUInt32BE(0), data, 0, data.length, offset);
      sftp.status(id, STATUS.OK);
    }),
  );
  sftp.on('CLOSE', (id: number, handle: Buffer) =>
    guarded(id, () => {
      closeSync(handle.readUInt32BE(0));
      sftp.status(id, STATUS.OK);
    }),
  );
  sftp.on('MKDIR', (id: number, path: string) =>
    guarded(id, () => {
      mkdirSync(path);
      sftp.status(id, STATUS.OK);
    }),
  );
  sftp.on('FSTAT', (id: number, handle: Buffer) =>
    guarded(id, () => attributes(id, fstatSync(handle.readUInt32BE(0)))),
  );
  sftp.on('REALPATH', (id: number, path: string) => sftp.name(id, [{ filename: path, longname: path, attrs: {} }]));
  // A client that closes waits for the server to do so, too.
  sftp.on('end', () => sftp.end());
  sftp.on('STAT', stat);
  sftp.on('LSTAT', stat);
  sftp.on('FSETSTAT', (id: number) => sftp.status(id, STATUS.OK));
}
