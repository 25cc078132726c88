/** What a rebuild does without a script: checks before it touches anything, the machine, the fence, and the names. */
import { publicName } from '../../services';
import { driverOf } from '../machines';
import type { Step, Subject } from './step';

const step = (rest: Pick<Step, 'name' | 'stage' | 'does'> & Partial<Step>): Step => ({
  kind: 'other',
  run: [],
  after: [],
  timeout: '5m',
  ...rest,
});

export const preflight = step({
  name: 'preflight',
  stage: 'preflight',
  does: 'refuses, and touches nothing, unless the tokens have their scopes, the account has room, the newest restore point exists, opens, is whole and fits, and the machine that was the primary is gone or its successor was asked for',
});

export const machine = ({ host }: Subject): Step =>
  step({
    name: `${driverOf(host).words.noun} ${host.name}`,
    stage: 'provision',
    does: `${host.size}, ${host.image}, ${host.region}; with the host key of all its predecessors`,
  });

export const fence = step({
  name: 'fence',
  stage: 'takeover',
  does: 'the machine that was the primary stops its services, writes its last backups and is powered off, where it is still there; then the checks above once more',
});

/** The names lead to the machine once `after` is done; a host without public names has its address only. */
export function cutover({ name, host, settings }: Subject, after: string[]): Step[] {
  const { entrance } = driverOf(host).words;
  const common = { stage: 'cutover', after, part: { type: 'fleet:host:Cutover', name } } as const;
  const names = host.publicNames.map((label) => `\`${publicName(label, settings.zone.name)}\``);
  return [
    step({
      ...common,
      name: 'address',
      does: `the ${entrance} leads to the new machine${after.length ? ', once every critical service is verified' : ''}`,
    }),
    ...(names.length
      ? [step({ ...common, name: 'names', does: `${names.join(', ')}: A records of the ${entrance}` })]
      : []),
  ];
}
