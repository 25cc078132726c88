/** A public name is added to a stack that serves: it gets a certificate of its own, and nobody else notices. */
import { readableUrn } from '../../scripts/engines/engine';
import { need, phase, runEngine, type Drill } from '../context';
import { destroy } from '../phases/destroy';
import { servedCertificate, trusted } from './certificates';
import type { Fault } from './fault';
import { changeProgram } from './program';

const LABEL = 'news';

export const nameAdded: Fault = {
  kind: 'name-added',
  title: 'a public name is added to a running stack',
  ends: 'recovers',
  run: async (drill) => {
    await phase(drill, 'name', 'one line, and an update', addName);
    if (!drill.options.keep) await phase(drill, 'destroy', 'the stack and the cloud', destroy);
  },
};

async function addName(drill: Drill): Promise<void> {
  const zone = need(drill.cloud, 'the cloud').zone.name;
  const first = new URL(need(drill.forge, 'the forge').baseUrl).hostname;
  const before = await servedCertificate(drill, first);
  changeProgram(drill, {
    file: 'stacks/drill.ts',
    from: "publicNames: ['forge']",
    to: `publicNames: ['forge', '${LABEL}']`,
  });
  const { steps } = await runEngine(drill, 'up');
  const replaced = steps
    .filter(({ op, urn }) => /replace|delete/.test(op) && !/Command/.test(urn))
    .map(({ op, urn }) => `${op} ${readableUrn(urn)}`);
  drill.record.check(
    'nothing but the name was made or changed',
    replaced.length === 0,
    replaced.join(', ') || `${steps.length} steps`,
  );
  await trusted(drill, `${LABEL}.${zone}`);
  const added = await servedCertificate(drill, `${LABEL}.${zone}`);
  drill.record.check('a client trusts the new name', added.serial !== before.serial, `certificate ${added.serial}`);
  const after = await servedCertificate(drill, first);
  drill.record.check(
    'the first name kept its certificate',
    after.serial === before.serial,
    `certificate ${after.serial}`,
  );
  const again = await runEngine(drill, 'up');
  drill.record.check(
    'second update changes nothing',
    again.steps.length === 0,
    again.steps.map(({ op, urn }) => `${op} ${readableUrn(urn)}`).join(', ') || 'no step',
  );
}
