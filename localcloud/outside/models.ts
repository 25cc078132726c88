/**
 * Ollama's registry and the storage behind it, as the cloud plays them: every model that is asked for has the same few kilobytes. Paths, media types and
 * the redirect are as Ollama 0.17.4 asks for them (`server/images.go`, `server/download.go`) and as its issues 4307 and 8231 show the answers.
 */
import { createHash } from 'node:crypto';
import { ollamaRegistry } from '../../stacks/outside/addresses';
import { tinyModel } from '../parts/model';

export const MODELS = ollamaRegistry.value;
export const MODEL_STORAGE = 'dd20bb891979d25aebc8bec07b2b3bbc.r2.cloudflarestorage.com';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const layer = (mediaType: string, bytes: Buffer) => ({
  mediaType,
  digest: `sha256:${sha256(bytes)}`,
  size: bytes.length,
});

const model = tinyModel();
const config = Buffer.from(
  JSON.stringify({
    model_format: 'gguf',
    model_family: 'llama',
    model_families: ['llama'],
    model_type: '32',
    file_type: 'F32',
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(model)}`] },
  }),
);
const blobs = new Map([model, config].map((bytes) => [sha256(bytes), bytes]));
const manifest = {
  schemaVersion: 2,
  mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
  config: layer('application/vnd.docker.container.image.v1+json', config),
  layers: [layer('application/vnd.ollama.image.model', model)],
};

export interface ModelAnswer {
  code: number;
  headers: Record<string, string>;
  body?: Buffer;
}

const NOT_FOUND: ModelAnswer = {
  code: 404,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from('{"errors":[{"code":"NOT_FOUND","message":"not found"}]}'),
};

/** Answers the registry (`prefix`: what stands before a host in addresses), or its storage, of which parts may be asked for. */
export function modelAnswer(host: string, path: string, prefix: string, range?: string): ModelAnswer {
  const found = (digest?: string) => (digest === undefined ? undefined : blobs.get(digest));
  if (host === MODELS) {
    if (/^\/v2\/library\/[\w.-]+\/manifests\/[\w.-]+$/.test(path))
      return {
        code: 200,
        headers: { 'content-type': manifest.mediaType },
        body: Buffer.from(JSON.stringify(manifest)),
      };
    const digest = /^\/v2\/library\/[\w.-]+\/blobs\/sha256:([0-9a-f]{64})$/.exec(path)?.[1] ?? '';
    return found(digest)
      ? {
          code: 307,
          headers: {
            location: `${prefix}${MODEL_STORAGE}/ollama/docker/registry/v2/blobs/sha256/${digest.slice(0, 2)}/${digest}/data?X-Amz-Expires=86400`,
          },
        }
      : NOT_FOUND;
  }
  const bytes = found(
    /^\/ollama\/docker\/registry\/v2\/blobs\/sha256\/[0-9a-f]{2}\/([0-9a-f]{64})\/data$/.exec(path)?.[1],
  );
  if (!bytes) return NOT_FOUND;
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  const headers = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' };
  if (from === undefined) return { code: 200, headers, body: bytes };
  const part = bytes.subarray(Number(from), to ? Number(to) + 1 : undefined);
  return {
    code: 206,
    headers: { ...headers, 'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}` },
    body: part,
  };
}
