/** What a service's user puts in the way of root: each of these made root run, read, write or give away something before it ran as the owner. */
import { execFileSync } from 'child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { Host, SECRETS, Store, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/sandbox';

jest.setTimeout(120_000);

/** The user of a service: a real one, who is not root. */
const USER = 'nobody';

let store: Store;
let host: Host;

beforeAll(async () => {
  store = await Store.start();
}, TOOLS_TIMEOUT_MS);
beforeEach(() => {
  host = new Host(store, `host-${Date.now()}`, new Date().toISOString());
  chmodSync(host.folder, 0o711);
  execFileSync('chown', [`${USER}:`, host.data]);
});
afterEach(() => host.remove());
afterAll(() => store.stop());

/** Runs a shell script as the user of the service. */
const asUser = (text: string) =>
  execFileSync(
    'setpriv',
    [
      '--reuid',
      USER,
      '--regid',
      'nogroup',
      '--clear-groups',
      '--',
      'env',
      '-i',
      `PATH=${process.env.PATH}`,
      'HOME=/nonexistent',
      'bash',
      '-euc',
      text,
    ],
    { cwd: '/', encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
/** A program of the user that notes who runs it, and what it finds in its environment. */
function program(name: string): { path: string; ran: () => string } {
  const [path, note] = [join(host.data, name), join(host.data, `${name}.ran`)];
  asUser(
    `printf '#!/bin/sh\\nid -u >>"%s"; env >>"%s"; exit 1\\n' '${note}' '${note}' >'${path}'; chmod 755 '${path}'`,
  );
  return { path, ran: () => (existsSync(note) ? readFileSync(note, 'utf8') : '') };
}

test('a checkout whose repository names a program for the objects that it lacks: verify does not run it as root', () => {
  const { path, ran } = program('upload-pack');
  const home = join(host.data, 'home');
  host.plan(
    { owner: USER },
    { name: 'forge', kind: 'sourced', users: [{ name: USER, home }], source: { ref: 'v1' }, hooks: ['verify'] },
  );
  host.write(join(host.state, 'restored/forge.json'), '{"bootstrap":false}');
  asUser(`mkdir '${home}'; cd '${home}'; printf 'forge\\n' >source.from; git init -q source; cd source
    git -c user.name=t -c user.email=t@drill.test commit -q --allow-empty -m first
    git config core.repositoryFormatVersion 1; git config extensions.partialClone origin; git config remote.origin.promisor true
    git config remote.origin.url '${home}'; git config remote.origin.uploadpack '${path}'
    mkdir -p .git/refs/tags; printf '%040d\\n' 1 >.git/refs/tags/v1`);
  host.run('services/sourced/verify', ['forge']);
  expect(ran().split('\n')).not.toContain('0');
  expect(ran()).not.toContain('FLEET_');
});

describe('shipping', () => {
  let repository: string;
  let secret: string;
  beforeEach(() => {
    const root = join(host.data, 'repositories');
    repository = join(root, 'timmy/one.git');
    host.plan({ owner: USER, repositories: { root } });
    host.write(join(host.state, 'ship-roots'), `forge\t${USER}\t${root}\n`, 0o644);
    chmodSync(host.state, 0o755);
    asUser(`mkdir -p '${root}/timmy'; git init -q --bare '${repository}'; cd '${repository}'
      git -c user.name=t -c user.email=t@drill.test commit-tree -m first "$(git hash-object -wt tree /dev/null)" >../tip; git update-ref refs/heads/main "$(cat ../tip)"`);
    secret = join(host.folder, 'secret-of-root');
    host.write(secret, 'first-words-of-root and more\n');
  });
  const shipped = () => store.keys(`${host.incarnation}/forge/repositories`);

  /** Holds the reading of the refs up by a pipe, puts links to root's file wherever the reader's folder may be entered, and lets it go on. */
  const ATTACK = (target: string) => `
    rm -f packed-refs; mkfifo packed-refs
    ( while [[ -p packed-refs ]]; do
        for cwd in /proc/[0-9]*/cwd; do
          place=$(readlink "$cwd") || continue
          case "$place" in */ship.*) for name in want name; do ln -sfn '${target}' "$place/$name" || :; done ;; *) continue ;; esac
          for wait in 1 2 3 4 5; do timeout 1 bash -c ': >packed-refs' || break; done
          exit 0
        done
        sleep 0.05
      done ) >/dev/null 2>&1 </dev/null &`;

  test('a pipe in the place of the refs, and a link where root writes next: root’s file is what it was', () => {
    asUser(`cd '${repository}'; ${ATTACK(secret)}`);
    host.run('git-ship', [repository], { env: { SHIP_READ_SECONDS: '5' } });
    asUser(`rm -f '${repository}/packed-refs'`);
    expect(readFileSync(secret, 'utf8')).toBe('first-words-of-root and more\n');
  });

  test('a pipe that nobody writes to ends as a shipment that waits, not as one that hangs', () => {
    asUser(`cd '${repository}'; rm -f packed-refs; mkfifo packed-refs`);
    expect(
      host.run('git-ship', ['--socket'], { input: `${repository}\n`, env: { SHIP_READ_SECONDS: '1' } }),
    ).toMatchObject({ code: 1, out: 'queued\n' });
    asUser(`rm '${repository}/packed-refs'`);
    host.must('git-ship', ['--all', 'forge']);
    expect(shipped()).toHaveLength(1);
  });

  test.each(['packed-refs', 'HEAD', 'config'])(
    'a link to root’s file in the place of %s gives nothing of it away',
    (name) => {
      asUser(`ln -sfn '${secret}' '${repository}/${name}'`);
      expect(host.run('git-ship', [repository]).code).not.toBe(0);
      expect(shipped()).toEqual([]);
    },
  );

  test('no process that runs as the owner has a secret of the host in its environment', () => {
    const note = join(host.data, 'seen');
    const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    chmodSync(join(host.folder, 'bin'), 0o755);
    host.standIn('git', `#!/bin/sh\nenv >>'${note}'\nexec ${git} "$@"\n`);
    asUser(`: >'${note}'; chmod 666 '${note}'`);
    host.must('git-ship', [repository]);
    const seen = readFileSync(note, 'utf8');
    expect(seen).toContain('GIT_DIR=');
    for (const text of [...Object.values(SECRETS), 'FLEET_', 'RCLONE_', 'AWS_']) expect(seen).not.toContain(text);
  });
});

describe('what comes back is data', () => {
  /** Backs the data up as one host and restores it on the next, which has the folders that `install` makes. */
  async function rebuilt(dataset: object): Promise<void> {
    host.plan({ owner: USER, ...dataset });
    host.protect(join(host.data, 'repositories'));
    host.write(join(host.state, 'ship-roots'), `forge\t${USER}\t${join(host.data, 'repositories')}\n`, 0o644);
    chmodSync(host.state, 0o755);
    host.shell('load_store; create_restic_store forge');
    host.must('backup', ['forge', '--force']);
    host.complete();
    const before = host;
    host = new Host(store, `rebuilt-${Date.now()}`, new Date().toISOString());
    chmodSync(host.folder, 0o711);
    host.plan({ owner: USER, ...dataset });
    execFileSync('rm', ['-rf', before.data]);
    mkdirSync(before.data);
    execFileSync('chown', [`${USER}:`, before.data]);
    await host.mustRestore();
    spare.push(before);
  }
  const spare: Host[] = [];
  afterEach(() => spare.splice(0).forEach((one) => one.remove()));
  const files = (...more: object[]) =>
    Object.assign(
      {
        files: {
          paths: [host.data],
          exclude: [join(host.data, 'repositories')],
          settleSeconds: 1,
          intervalSeconds: 60,
        },
      },
      ...more,
    );

  test('of a repository’s configuration nothing that names a program, and no hook', async () => {
    const { path, ran } = program('hook');
    const repository = join(host.data, 'repositories/timmy/one.git');
    asUser(`mkdir -p '${host.data}/repositories/timmy' '${host.data}/evil'; git init -q --bare '${repository}'; cd '${repository}'
      git -c user.name=t -c user.email=t@drill.test commit-tree -m first "$(git hash-object -wt tree /dev/null)" >../../tip; git update-ref refs/heads/main "$(cat ../../tip)"
      git config remote.origin.url 'https://name:pass@forge.example/timmy/one.git'; git config remote.origin.mirror true; git config remote.origin.fetch '+refs/*:refs/*'
      git config remote.bad.url 'ext::sh -c ${path}'; git config remote.origin.uploadpack '${path}'; git config core.fsmonitor '${path}'; git config core.pager '${path}'
      git config alias.log '!${path}'; git config include.path '${host.data}/other'; git config filter.lfs.smudge '${path}'; git config uploadpack.packObjectsHook '${path}'
      git config credential.helper '!${path}'; git config core.sshCommand '${path}'; git config core.hooksPath '${host.data}/evil'; cp '${path}' '${host.data}/evil/reference-transaction'; cp '${path}' hooks/update`);
    const dataset = { ...files(), repositories: { root: join(host.data, 'repositories') } };
    await rebuilt(dataset);
    const config = execFileSync('git', ['config', '--file', join(repository, 'config'), '--list'], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .sort();
    expect(config).toEqual([
      'core.bare=true',
      'core.filemode=true',
      'core.repositoryformatversion=0',
      'remote.origin.fetch=+refs/*:refs/*',
      'remote.origin.mirror=true',
      'remote.origin.url=https://name:pass@forge.example/timmy/one.git',
    ]);
    expect(execFileSync('find', [join(repository, 'hooks'), '-type', 'f'], { encoding: 'utf8' })).toBe('');
    asUser(`git -C '${repository}' update-ref refs/heads/next refs/heads/main`);
    expect(ran()).toBe('');
  });

  test('no device, no pipe, no file that runs as somebody; what is the user’s is the user’s', async () => {
    asUser(`cd '${host.data}'; mkdir attachments; echo page >attachments/page; ln attachments/page attachments/page-again; ln -s /etc/shadow attachments/link; mkfifo attachments/pipe
      cp /usr/bin/id attachments/suid; chmod 6755 attachments/suid`);
    execFileSync('mknod', [join(host.data, 'attachments/disk [a]*'), 'b', '7', '0']);
    const { data } = host;
    await rebuilt(files());
    expect(
      execFileSync('find', [data, '-mindepth', '1', '-printf', '%P %y %m %u\n'], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .sort(),
    ).toEqual([
      `attachments d 755 ${USER}`,
      `attachments/link l 777 ${USER}`,
      `attachments/page f 644 ${USER}`,
      `attachments/page-again f 644 ${USER}`,
      `attachments/suid f 755 ${USER}`,
    ]);
  });

  test('a file that only root may read is in no backup, whatever leads to it', async () => {
    const secret = join(host.folder, 'secret-of-root');
    host.write(secret, 'words of root\n');
    asUser(`cd '${host.data}'; echo page >page; ln -s '${host.folder}' away; ln -s '${secret}' link`);
    const { data } = host;
    await rebuilt(files());
    expect(execFileSync('find', [data, '-type', 'f'], { encoding: 'utf8' })).toBe(`${join(data, 'page')}\n`);
  });

  test('restic’s secrets cannot be read by the user that it runs as', () => {
    const note = join(host.data, 'looked');
    const restic = execFileSync('sh', ['-c', 'command -v restic'], { encoding: 'utf8' }).trim();
    chmodSync(join(host.folder, 'bin'), 0o755);
    asUser(`: >'${note}'; echo page >'${host.data}/page'`);
    // Another process of the same user, without what restic was given, looks while it runs.
    host.standIn(
      'restic',
      `#!/bin/sh\n'${restic}' "$@" &\nsetpriv --inh-caps=-all --ambient-caps=-all -- env -i PATH="$PATH" sh -c 'id -u; cat "/proc/$1/environ"' look "$!" >>'${note}' 2>&1\nwait "$!"\n`,
    );
    host.plan({ owner: USER, ...files() });
    host.protect();
    host.shell('load_store; create_restic_store forge');
    host.must('backup', ['forge', '--force']);
    const seen = readFileSync(note, 'utf8');
    expect(seen).toMatch(/^65534\ncat: .*Permission denied/);
    for (const secret of Object.values(SECRETS)) expect(seen).not.toContain(secret);
  });
});
