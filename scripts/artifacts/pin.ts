/** `fleet artifacts pin`: fetches what hosts would fetch, holds it against what its makers publish, and says what the pin becomes. */
import execa from 'execa';
import type { Artifact, Download, PythonProgram, SourceProgram } from '../../stacks/outside/artifact';
import type { Pin } from '../../stacks/outside/pins';
import { UserError, messageOf } from '../lib/errors';
import { publishedChecksum } from './published';
import { hashesAt, type Get } from './web';

/** What was found for one artifact: a pin, or a lock's text. */
export interface Found {
  name: string;
  pin?: Pin;
  lock?: string;
}

/** Reads what the artifact is today. Throws where it is not what its makers publish; returns nothing for what only a mirror has. */
export async function read(artifact: Artifact, get: Get, today: string): Promise<Found | undefined> {
  if (artifact.layout === 'tree') return undefined;
  if (artifact.layout === 'python') return { name: artifact.name, lock: await lockOf(artifact) };
  const { pin, source } = artifact.layout === 'source' ? await commitOf(artifact) : await checked(artifact, get);
  return { name: artifact.name, pin: { version: artifact.version, pin, source, checked: today } };
}

async function checked(artifact: Download, get: Get): Promise<{ pin: string; source: string }> {
  const { name, version, url, published } = artifact;
  const promised = await publishedChecksum(get, artifact);
  if (!promised && published.form !== 'github-digest')
    throw new UserError(
      `${published.url} does not name ${url.split('/').at(-1)}.`,
      `Look whether ${name} ${version} is still published there; nothing was written.`,
    );
  const { sha256, sha512 } = await hashesAt(get, url);
  if (promised && promised !== sha256 && promised !== sha512) {
    throw new UserError(
      `${url} is not what ${published.url} says: it has SHA-256 ${sha256}.`,
      'Do not pin it. Try from another network; if it stays so, ask its makers. Nothing was written.',
    );
  }
  const signature = published.form === 'clearsigned' ? '; its signature was not checked' : '';
  return {
    pin: sha256,
    source: promised
      ? `${published.url}, and the file itself${signature}`
      : `the file itself; its makers publish no checksum (${published.url})`,
  };
}

/** The commit that the version's tag means. */
async function commitOf({ url, version }: SourceProgram): Promise<{ pin: string; source: string }> {
  const refs = [`refs/tags/${version}`, `refs/tags/${version}^{}`];
  const { stdout } = await execa('git', ['ls-remote', url, ...refs]).catch((error: unknown) => {
    throw new UserError(
      `${url} could not be asked for its tag ${version}: ${messageOf(error).split('\n')[0]}`,
      'Check the network, then run the command again; nothing was written.',
    );
  });
  const commit = stdout.split('\n').filter(Boolean).at(-1)?.split('\t')[0];
  if (!commit) throw new UserError(`${url} has no tag ${version}; nothing was written.`);
  return { pin: commit, source: `tag ${version} of ${url}` };
}

/** The Python of the hosts: wheels are for one version of it. */
const PYTHON = 'Python 3.11.';

interface Report {
  install: Array<{
    metadata: { name: string; version: string };
    download_info: { archive_info: { hashes: { sha256: string } } };
  }>;
}

/** A program of the Python index with all that it needs, one line a file. */
async function lockOf({ name, version }: PythonProgram): Promise<string> {
  const { stdout: python } = await execa('python3', ['--version']);
  if (!python.startsWith(PYTHON))
    throw new UserError(
      `The lock of ${name} is for ${PYTHON}x, which hosts run; here python3 is ${python}.`,
      'Run the command on Debian 12; nothing was written.',
    );
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--dry-run',
    '--ignore-installed',
    '--disable-pip-version-check',
    '--report',
    '-',
    `${name}==${version}`,
  ];
  const { stdout } = await execa('python3', pip).catch((error: unknown) => {
    const reason =
      (error as { stderr?: string }).stderr?.split('\n').find((line) => line.startsWith('ERROR')) ??
      messageOf(error).split('\n')[0];
    throw new UserError(
      `${name} ${version} could not be resolved: ${reason}`,
      'Check the network, then run the command again; nothing was written.',
    );
  });
  const lines = (JSON.parse(stdout) as Report).install.map(
    ({ metadata, download_info: { archive_info } }) =>
      `${metadata.name.toLowerCase().replace(/_/g, '-')}==${metadata.version} --hash=sha256:${archive_info.hashes.sha256}`,
  );
  return [
    `# ${name} and all that it needs, for Python 3.11 on x86-64. Written by \`fleet artifacts pin ${name}\`.`,
    ...lines.sort(),
    '',
  ].join('\n');
}
