/** Whether what a host is made of can be had where it is declared; the preflight asks the same before every rebuild. */
import { unavailable } from '../../components/preflight/available';
import type { Host } from '../../stacks';
import type { CloudApi } from '../lib/cloud-api';
import { sentenceOf } from '../lib/errors';
import { fails, holds, type Found } from './finding';
import type { Look } from './look';

export async function places({ declaration, digitalocean }: Look): Promise<Found[]> {
  if (!digitalocean.hasToken) return [];
  return (await Promise.all(declaration.hosts.map((host) => placeOf(digitalocean, host)))).flat();
}

async function placeOf(api: CloudApi, host: Host): Promise<Found[]> {
  const what = `machine of ${host.name}`;
  try {
    const [image, { sizes }] = await Promise.all([
      api.ask('GET', `/v2/images/${host.image}`),
      api.read('/v2/sizes?per_page=200'),
    ]);
    if (image.status !== 200 && image.status !== 404)
      return [
        fails(what, `DigitalOcean answered ${image.status} for the image ${host.image}`, 'see to the token first'),
      ];
    const missing = unavailable(host, image.body?.image, sizes);
    return missing.length
      ? missing.map((one) => fails(what, one.what, one.todo))
      : [holds(what, `${host.size} with ${host.image} can be had in ${host.region}`)];
  } catch (error) {
    return [fails(what, sentenceOf(error), 'see to the token first')];
  }
}
