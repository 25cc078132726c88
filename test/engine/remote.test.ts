import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { destroy, preview, up } from '../../engine';
import { newKey, SshServer } from './support/sshServer';
import { steps, TestProject } from './support/project';

jest.setTimeout(60_000);
let ssh: SshServer;
let project: TestProject;

beforeEach(async () => {
  ssh = await SshServer.start();
  project = new TestProject();
});

afterEach(() => {
  ssh.stop();
  project.remove();
});

const program = (body: string): string => `
  const connection = pulumi.secret(pulumi.output(${ssh.connection()}));
  const secretly = { additionalSecretOutputs: ['connection'], replaceOnChanges: ['triggers[*]'] };
  ${body}
`;

test('runs a command over SSH, keeps its key encrypted twice marked, and is unchanged the second time', async () => {
  project.program(
    program(`
    const run = r(Remote, 'run', { connection, create: 'cat; echo warn >&2', stdin: 'hello', triggers: ['1'] }, secretly);
    exports.said = run.stdout; exports.warned = run.stderr;
  `),
  );
  const planned = await preview(project.options());
  expect(planned.outputs).toEqual({ said: '[unknown]', warned: '[unknown]' });
  const first = await up(project.options());
  expect(project.errors()).toBe('');
  expect(first.outputs).toEqual({ said: 'hello', warned: 'warn' });
  const stored = readFileSync(project.stateFile, 'utf8');
  expect(stored).not.toContain('PRIVATE KEY');
  expect((await up(project.options())).steps).toEqual([]);
  expect(ssh.commands).toEqual(['cat; echo warn >&2']);
  const inputs = project.resources().at(-1).inputs;
  expect(Object.keys(inputs)).toEqual(expect.arrayContaining(['connection', 'create', 'stdin', 'triggers']));
});

test('a changed trigger replaces, a changed command updates, delete runs on destroy', async () => {
  const version = (trigger: string, create: string): void =>
    void project.program(
      program(`
    r(Remote, 'run', { connection, create: '${create}', delete: 'echo bye', triggers: ['${trigger}'] }, secretly);
  `),
    );
  version('1', 'echo a');
  await up(project.options());
  version('1', 'echo b');
  expect(steps(await up(project.options()))).toEqual(['update run']);
  version('2', 'echo b');
  expect(steps(await up(project.options()))).toEqual(['create-replacement run', 'replace run', 'delete-replaced run']);
  expect(steps(await destroy(project.options()))).toEqual(['delete run', 'delete p-dev']);
  expect(ssh.commands).toEqual(['echo a', 'echo b', 'echo b', 'echo bye', 'echo bye']);
});

test('a failing command fails the step with its output, without a stack trace', async () => {
  project.program(program(`r(Remote, 'run', { connection, create: 'echo out; echo err >&2; exit 3' }, secretly);`));
  const result = await up(project.options());
  expect(result.ok).toBe(false);
  expect(project.errors()).toMatch(
    /Process exited with status 3: running "echo out; echo err >&2; exit 3":\n(out\nerr|err\nout)/,
  );
  expect(project.errors()).not.toMatch(/\n\s+at /);
  expect(project.resources().map((resource) => resource.type)).not.toContain('command:remote:Command');
});

test('another host key than the pinned one is refused after the dial limit', async () => {
  const other = newKey();
  project.program(
    `r(Remote, 'run', { connection: ${ssh.connection({ hostKey: other.public, dialErrorLimit: 1 })}, create: 'true' });`,
  );
  expect((await up(project.options())).ok).toBe(false);
  expect(project.errors()).toContain('after 1 failed attempts');
  expect(project.errors()).toContain('is not the expected one');
  expect(ssh.commands).toEqual([]);
});

test('a misspelt field in a connection is named, and its value is not shown', async () => {
  project.program(
    `r(Remote, 'run', { connection: { host: '127.0.0.1', privatekey: ${JSON.stringify(ssh.userKey.private)} }, create: 'true' });`,
  );
  expect((await up(project.options())).ok).toBe(false);
  expect(project.errors()).toContain("'connection' has an unknown field 'privatekey'");
  expect(JSON.stringify(project.events)).not.toContain('PRIVATE KEY');
});

test('a host outside the embedded cloud is refused', async () => {
  project.program(`r(Remote, 'run', { connection: { host: '192.0.2.7' }, create: 'true' });`);
  expect((await preview(project.options())).ok).toBe(false);
  expect(project.errors()).toContain('names the host 192.0.2.7, which is neither loopback nor the embedded cloud');
});

test('copies a directory below the remote path, its content with a slash, and copies again when it changed', async () => {
  const [source, target] = [join(project.directory, 'files'), join(project.directory, 'remote')];
  mkdirSync(join(source, 'sub'), { recursive: true });
  writeFileSync(join(source, 'a.txt'), 'a');
  writeFileSync(join(source, 'sub/b.txt'), 'b'.repeat(100_000));
  project.program(
    program(`
    r(Copy, 'below', { connection, source: new pulumi.asset.FileArchive('./files'), remotePath: '${target}/deep' }, secretly);
    r(Copy, 'content', { connection, source: new pulumi.asset.FileArchive('./files/'), remotePath: '${target}/content' }, secretly);
    r(Copy, 'text', { connection, source: new pulumi.asset.StringAsset('text'), remotePath: '${target}/text/t.txt' }, secretly);
  `),
  );
  const first = await up(project.options());
  expect(project.errors()).toBe('');
  expect(first.ok).toBe(true);
  expect(readFileSync(join(target, 'deep/files/sub/b.txt'), 'utf8')).toHaveLength(100_000);
  expect(readFileSync(join(target, 'content/a.txt'), 'utf8')).toBe('a');
  expect(existsSync(join(target, 'content/files'))).toBe(false);
  expect(readFileSync(join(target, 'text/t.txt'), 'utf8')).toBe('text');
  expect((await up(project.options())).steps).toEqual([]);
  writeFileSync(join(source, 'a.txt'), 'changed');
  expect(steps(await up(project.options())).sort()).toEqual(['update below', 'update content']);
  expect(readFileSync(join(target, 'content/a.txt'), 'utf8')).toBe('changed');
});
