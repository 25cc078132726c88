/** Steps that turn backups on and hold the machine to its declaration. */
import type { ServicePlan } from '../../services';
import { datasetsOf, named, namesOf, type Stage, type Step, type Subject } from './step';
import { required } from '../../stacks/model/required';

const common = ({ name }: Subject) =>
  ({ kind: 'script', stage: 'protect', part: { type: 'fleet:host:Protection', name } }) as const;

/** Turns the backups of these services on, under the incarnation's own prefix and key, once they are verified; nothing without services. */
export const protect = (
  subject: Subject,
  plans: ServicePlan[],
  { name, stage, after }: { name: string; stage: Stage; after: string[] },
): Step[] =>
  plans.length
    ? [
        {
          ...common(subject),
          name,
          stage,
          does: 'backups on under this incarnation’s own key, the first ones read back',
          run: ['protect'],
          stdin: namesOf(plans),
          content: datasetsOf(plans),
          after: [...after, ...plans.map((plan) => named(subject.name).of(plan.name, 'verify'))],
          timeout: '60m',
        },
      ]
    : [];

export const converge = (subject: Subject, after: string[]): Step => ({
  ...common(subject),
  name: named(subject.name).converge,
  does: 'what this host no longer has is backed up, stopped and retired',
  run: ['converge'],
  stdin: namesOf(subject.plans),
  after: [...after, ...subject.plans.map((plan) => named(subject.name).of(plan.name, 'install'))],
  timeout: '30m',
});

export const discover = (subject: Subject, after: string[]): Step => ({
  ...common(subject),
  name: named(subject.name).discover,
  does: 'fails when a database on the host belongs to no dataset',
  run: ['discover'],
  content: namesOf(subject.plans),
  after,
  timeout: '10m',
});

/** Lets a standby stage the newest restore points of these services every so often. */
export const wait = ({ name, settings, host }: Subject, plans: ServicePlan[], after: string[]): Step => ({
  name: `${name}-wait`,
  stage: 'provision',
  does: 'stages the newest restore points on a timer',
  kind: 'script',
  run: ['standby', String(required(settings.standby[host.name], `fleet:standby.${host.name}`).everyMinutes)],
  stdin: namesOf(plans.filter(({ dataset }) => dataset)),
  content: datasetsOf(plans),
  after,
  timeout: '60m',
});
