/** LFS by its batch API. */
import type { Http } from '../../scripts/lib/http';
import { sha256 } from './facts';
import { authorizationHeader, type Authorization } from './gitea';
import type { LfsObject } from './git-data';

const MEDIA = 'application/vnd.git-lfs+json';

interface Action {
  href: string;
  header?: Record<string, string>;
}

/** The forge also names headers that belong to the connection, which the client sets itself. */
function passedOn(header: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(header).filter(([name]) => name.toLowerCase() !== 'transfer-encoding'));
}

async function batch(
  http: Http,
  repositoryUrl: string,
  authorization: Authorization,
  operation: 'upload' | 'download',
  objects: Array<{ oid: string; size: number }>,
) {
  const answer = await http.send('POST', `${repositoryUrl}/info/lfs/objects/batch`, {
    headers: { ...authorizationHeader(authorization), accept: MEDIA, 'content-type': MEDIA },
    body: JSON.stringify({ operation, transfers: ['basic'], objects }),
  });
  if (answer.status !== 200) throw new Error(`LFS batch ${operation} answered ${answer.status}`);
  return JSON.parse(answer.body.toString()).objects as Array<{
    oid: string;
    size: number;
    actions?: Record<string, Action>;
    error?: { message: string };
  }>;
}

/** Uploads objects; returns once the forge has verified each. */
export async function uploadLfs(
  http: Http,
  repositoryUrl: string,
  authorization: Authorization,
  objects: LfsObject[],
): Promise<void> {
  const wanted = await batch(
    http,
    repositoryUrl,
    authorization,
    'upload',
    objects.map(({ oid, data }) => ({ oid, size: data.length })),
  );
  for (const object of wanted) {
    if (object.error) throw new Error(`LFS upload of ${object.oid} was refused: ${object.error.message}`);
    const upload = object.actions?.upload;
    if (!upload) continue;
    const data = objects.find((one) => one.oid === object.oid)?.data;
    const sent = await http.send('PUT', upload.href, {
      headers: { ...passedOn(upload.header), 'content-type': 'application/octet-stream' },
      body: data,
    });
    if (sent.status !== 200) throw new Error(`LFS upload of ${object.oid} answered ${sent.status}`);
    const verify = object.actions?.verify;
    if (!verify) continue;
    const verified = await http.send('POST', verify.href, {
      headers: { ...passedOn(verify.header), accept: MEDIA, 'content-type': MEDIA },
      body: JSON.stringify({ oid: object.oid, size: object.size }),
    });
    if (verified.status !== 200) throw new Error(`LFS verification of ${object.oid} answered ${verified.status}`);
  }
}

/** Downloads one object and returns the digest of what came; undefined when the forge does not have it. */
export async function downloadLfs(
  http: Http,
  repositoryUrl: string,
  authorization: Authorization,
  oid: string,
  size: number,
): Promise<string | undefined> {
  const [object] = await batch(http, repositoryUrl, authorization, 'download', [{ oid, size }]);
  const download = object?.actions?.download;
  if (!download) return undefined;
  const answer = await http.send('GET', download.href, { headers: passedOn(download.header) });
  return answer.status === 200 ? sha256(answer.body) : undefined;
}
