/** The authority that issues the certificates of the public names. */
import { request } from 'undici';
import { letsEncrypt } from '../../stacks/outside/authorities';
import { holds, tried, type Found } from './finding';
import type { Look } from './look';

const TIMEOUT_MS = 10_000;

export async function authority(
  { declaration, isReal }: Look,
  { directory, newCertificatesAWeek, duplicatesAWeek, failuresAnHour } = letsEncrypt.value,
): Promise<Found[]> {
  const names = declaration.hosts.flatMap(({ publicNames }) => publicNames);
  if (declaration.certificates !== 'acme' || names.length === 0) return [];
  const what = 'certificate authority';
  if (!isReal) return [holds(what, 'not asked: the hosts of this cloud have one of their own')];
  return [
    await tried(
      what,
      `see https://letsencrypt.status.io; hosts serve a certificate of their own until it answers`,
      async () => {
        const { statusCode, body } = await request(directory, { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
        const text = await body.text();
        if (statusCode !== 200 || !text.includes('newOrder'))
          throw new Error(`${directory} answered ${statusCode} and is no ACME directory`);
        return `${new URL(directory).host} answers; it issues ${newCertificatesAWeek} new certificates a week for a domain, ${duplicatesAWeek} for the same names, and waits an hour after ${failuresAnHour} failures`;
      },
    ),
  ];
}
