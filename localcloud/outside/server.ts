/** The outside that hosts download from, under its real names: releases, the Python index, and a source repository. */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { plan, ports } from '../address-plan';
import type { Authority } from '../authority/authority';
import { hashOf } from '../parts/artifact';
import { contentOf, type DownloadFaults } from './faults';
import { MODELS, MODEL_STORAGE, modelAnswer } from './models';
import { packageAt, simplePage } from './python-index';
import { assetAt, assetsOf, fileAt, GITHUB, GITHUB_API, GITHUB_ASSETS, PLAYED_NAMES, redirectOf } from './releases';
import { repositoryFile } from './repository';

interface Asked {
  host: string;
  path: string;
  query: URLSearchParams;
  /** Part of a file that is asked for, as HTTP writes it. */
  range?: string;
  /** What stands before a host in the addresses that are given in answers: `https://`, or the mirror's own. */
  prefix: string;
  /** Stands before the address where faults are looked up: a release host that has a bad day has it under its own name only. */
  from: string;
}

/** Plays the hosts of releases over TLS, and a mirror of them in clear: `/<host>/<path>`. */
export class Outside {
  private constructor(private readonly servers: FastifyInstance[]) {}

  static async start(artifacts: string, authority: Authority, faults: DownloadFaults): Promise<Outside> {
    const { certificate, key } = await authority.certificateFor(PLAYED_NAMES);
    const names = playedHosts(artifacts, faults, { https: { cert: certificate, key } });
    const mirror = mirrorOfHosts(artifacts, faults);
    await Promise.all([
      names.listen({ host: plan.services, port: ports.https }),
      mirror.listen({ host: plan.services, port: ports.mirror }),
    ]);
    return new Outside([names, mirror]);
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
  }
}

function asked(host: string, url: string, prefix: string, range?: string): Asked {
  const { pathname, searchParams } = new URL(url, 'https://outside');
  return { host, path: pathname, query: searchParams, prefix, range, from: '' };
}

/** The hosts by their names. */
export const playedHosts = (artifacts: string, faults: DownloadFaults, tls: object = {}): FastifyInstance =>
  app(tls, artifacts, faults, ({ headers, url }) =>
    asked((headers.host ?? '').replace(/:\d+$/, ''), url, 'https://', headers.range),
  );

/** All of them behind one address. */
export const mirrorOfHosts = (artifacts: string, faults: DownloadFaults): FastifyInstance =>
  app({}, artifacts, faults, ({ headers, url }) => {
    const [, host, rest] = /^\/([^/]+)(\/.*)$/.exec(url) ?? ['', '', '/'];
    return { ...asked(host, rest, `http://${headers.host ?? ''}/`, headers.range), from: 'mirror/' };
  });

function app(
  options: object,
  artifacts: string,
  faults: DownloadFaults,
  what: (request: FastifyRequest) => Asked,
): FastifyInstance {
  const server = fastify({ ...options, forceCloseConnections: true }) as unknown as FastifyInstance;
  server.get('/*', async (request, reply) => answer(what(request), reply, artifacts, faults));
  return server;
}

async function answer(
  { host, path, query, range, prefix, from }: Asked,
  reply: FastifyReply,
  artifacts: string,
  faults: DownloadFaults,
): Promise<unknown> {
  const text = (code: number, type: string, body: string) => reply.code(code).type(type).send(body);
  const address = `${host}${path}`;
  if (host === GITHUB && fileAt(artifacts, address))
    return reply
      .code(302)
      .header('location', redirectOf(address).replace(/^https:\/\//, prefix))
      .send();
  if (host === GITHUB_API) {
    const assets = assetsOf(artifacts, path);
    if (assets)
      return text(
        200,
        'application/json',
        JSON.stringify({
          assets: await Promise.all(
            assets.map(async ({ name, address: at }) => ({
              name,
              browser_download_url: `https://${at}`,
              digest: `sha256:${await hashOf(fileAt(artifacts, at) ?? '', 'sha256')}`,
            })),
          ),
        }),
      );
  }
  if (host === MODELS || host === MODEL_STORAGE) {
    const { code, headers, body } = modelAnswer(host, path, prefix, range);
    return reply.code(code).headers(headers).send(body);
  }
  if (host === 'pypi.org') {
    const page = simplePage(artifacts, path, `${prefix}files.pythonhosted.org`);
    return page ? text(200, 'text/html', page) : text(404, 'text/plain', '404 Not Found\n');
  }
  const found =
    host === GITHUB_ASSETS
      ? assetAt(artifacts, path, query)
      : host === 'files.pythonhosted.org'
        ? packageAt(artifacts, path)
        : (fileAt(artifacts, address) ?? (host === GITHUB ? await repositoryFile(artifacts, path) : undefined));
  if (found === 'expired')
    return text(
      403,
      'application/xml',
      '<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code></Error>',
    );
  // GitHub's storage is asked by an address that says nothing of the file: its fault is that of the file.
  const fault = found
    ? faults.take(`${from}${host === GITHUB_ASSETS ? `${GITHUB_ASSETS}/${found.split('/').at(-1)}` : address}`)
    : undefined;
  if (!found || fault?.how === 'missing') return text(404, 'text/plain', 'Not Found');
  const { bytes, stream } = await contentOf(found, fault);
  return reply.header('content-length', bytes).type('application/octet-stream').send(stream);
}
