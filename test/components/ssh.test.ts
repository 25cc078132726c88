/** SSH as the program and the command line use it, against a server of this machine. */
import { whoAnswers } from '../../components/preflight/answers';
import { ssh } from '../../components/ssh';
import { newKey, SshServer } from '../engine/support/sshServer';

/** Nothing else listens there. */
const host = '127.0.0.252';
let server: SshServer;

beforeAll(async () => {
  server = await SshServer.start(host, 22);
});
afterAll(() => server.stop());

const key = () => ({ privateKey: server.userKey.private, hostKey: server.hostKey.public });

test('a command gets its input, and its code and output come back', async () => {
  const lines: string[] = [];
  const done = await ssh({ host, ...key() }, 'cat; echo wrong >&2; exit 3', {
    stdin: 'one\ntwo\n',
    onLine: (line) => lines.push(line),
  });
  expect(done).toEqual({ code: 3, stdout: 'one\ntwo\n', stderr: 'wrong\n' });
  expect(lines.sort()).toEqual(['one', 'two', 'wrong']);
});

test('a machine that shows another host key gets nothing', async () => {
  const before = server.commands.length;
  const target = { host, ...key(), hostKey: newKey().public };
  await expect(ssh(target, 'true')).rejects.toThrow(/shows another SSH host key than the pinned one/);
  expect(await whoAnswers(host, target)).toEqual({ isClosed: false, isReached: false });
  expect(server.commands).toHaveLength(before);
});

test('a machine with the host key that does not let the deploy key in is told from one that does not answer', async () => {
  expect(await whoAnswers(host, { ...key(), privateKey: newKey().private })).toEqual({
    isClosed: true,
    isReached: false,
  });
  expect(await whoAnswers('127.0.0.253', key())).toEqual({ isClosed: false, isReached: false });
});

test('a command that takes longer than its bound has no code', async () => {
  expect(await ssh({ host, ...key() }, 'echo begun; sleep 5', { withinMs: 1000 })).toEqual({
    stdout: 'begun\n',
    stderr: '',
  });
});
