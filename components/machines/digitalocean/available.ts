/** Whether what a machine is ordered with can be had in its region now: asked by the preflight before a fence, and by `fleet doctor`. Pure. */
import type { Order, Problem } from '../driver';

export interface ListedSize {
  slug: string;
  memory: number;
  vcpus: number;
  disk: number;
  price_monthly: number;
  regions: string[];
  available: boolean;
}

/** What of the order cannot be had; `image` is undefined where DigitalOcean has none of that name. */
export function unavailable(order: Order, image: { regions: string[] } | undefined, sizes: ListedSize[]): Problem[] {
  return [...imageProblem(order, image), ...sizeProblem(order, sizes)];
}

function imageProblem({ name, image, region }: Order, known: { regions: string[] } | undefined): Problem[] {
  if (!known)
    return [
      {
        what: `DigitalOcean has no image ${image} any more`,
        todo: `choose another one of Debian 12 for ${name} in its declaration (doctl compute image list-distribution)`,
      },
    ];
  return known.regions.includes(region)
    ? []
    : [
        {
          what: `DigitalOcean has the image ${image} not in ${region}`,
          todo: `choose another region or image for ${name} in its declaration`,
        },
      ];
}

function sizeProblem({ name, size, region }: Order, sizes: ListedSize[]): Problem[] {
  const wanted = sizes.find(({ slug }) => slug === size);
  if (!wanted)
    return [
      {
        what: `DigitalOcean has no size ${size} any more`,
        todo: `choose another one for ${name} in its declaration (doctl compute size list)`,
      },
    ];
  const canBeHad = (one: ListedSize) => one.available && one.regions.includes(region);
  if (canBeHad(wanted)) return [];
  const [larger] = sizes
    .filter(
      (one) => canBeHad(one) && one.memory >= wanted.memory && one.vcpus >= wanted.vcpus && one.disk >= wanted.disk,
    )
    .sort((a, b) => a.price_monthly - b.price_monthly);
  const choice = larger ? `${larger.slug} can be had there: choose it` : 'choose another region';
  return [
    {
      what: `DigitalOcean has no ${size} left in ${region}`,
      todo: `${choice} for ${name} in its declaration, or try again later`,
    },
  ];
}
