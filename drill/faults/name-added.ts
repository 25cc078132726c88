/** A public name is added to a stack that serves: it gets a certificate of its own, and nobody else notices. */
import { changesNothing, drilledHost, phase, runEngine, stepWords, type Seeded } from '../context';
import { destroy } from '../phases/destroy';
import { redeclared, withHost } from '../program/declare';
import { servedCertificate, trusted } from './certificates';
import type { Fault } from './fault';

const LABEL = 'news';

export const nameAdded: Fault = {
  kind: 'name-added',
  title: 'a public name is added to a running stack',
  ends: 'recovers',
  run: async (drill) => {
    const renamed = await phase(drill, 'name', 'one line, and an update', addName);
    await destroy(renamed);
  },
};

async function addName(seeded: Seeded): Promise<Seeded> {
  const zone = seeded.cloud.zone.name;
  const first = new URL(seeded.forge.baseUrl).hostname;
  const before = await servedCertificate(seeded, first);
  const drill = redeclared(seeded, (declaration) =>
    withHost(declaration, { publicNames: [...drilledHost(declaration).publicNames, LABEL] }),
  );
  const { steps } = await runEngine(drill, 'up');
  const replaced = stepWords(steps.filter(({ op, urn }) => /replace|delete/.test(op) && !/Command/.test(urn)));
  drill.record.none('nothing but the name was made or changed', replaced, `${steps.length} steps`);
  await trusted(drill, `${LABEL}.${zone}`);
  const added = await servedCertificate(drill, `${LABEL}.${zone}`);
  drill.record.check('a client trusts the new name', added.serial !== before.serial, `certificate ${added.serial}`);
  const after = await servedCertificate(drill, first);
  drill.record.check(
    'the first name kept its certificate',
    after.serial === before.serial,
    `certificate ${after.serial}`,
  );
  await changesNothing(drill, 'second update changes nothing');
  return drill;
}
