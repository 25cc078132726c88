/** Steps that realise any ServicePlan on a machine: install → restore → check beside start → verify. */
import { publicName, type ServicePlan } from '../../services';
import { filled, secretsIn } from '../inputs';
import { isBuilt } from './machine';
import { named, type Step, type Subject, type Text } from './step';

/** Names of steps that the steps of a service wait for. */
export interface Gates {
  /** The machine takes files and units. */
  install: string[];
  /** The machine took over, and what the service left elsewhere is in the store. */
  restore: string[];
  /** Packages and binaries are there. */
  start: string[];
}

/** Every step of a service, its installation first. */
export function service(subject: Subject, plan: ServicePlan, gates: Gates): [Step, ...Step[]] {
  const { settings, declaration } = subject;
  const at = (step: string) => named(subject.name).of(plan.name, step);
  const content = textOf(plan);
  const step = (
    label: string,
    run: string[],
    rest: Pick<Step, 'does' | 'after' | 'timeout'> & Partial<Step>,
  ): Step => ({
    name: at(label),
    stage: plan.critical ? 'critical' : 'others',
    kind: 'script',
    run: [label, plan.name, ...run],
    service: plan.name,
    part: { type: 'fleet:service:Service', name: `${subject.name}-${plan.name}` },
    ...rest,
  });
  const hasData = plan.dataset?.database || plan.dataset?.repositories;
  const packages = [...gates.start, ...(isBuilt(plan) ? [at('build')] : [])];
  return [
    step('install', [], {
      ...(plan.critical ? { stage: 'provision' } : {}),
      does: 'files and units installed',
      stdin: content,
      after: gates.install,
      timeout: '5m',
    }),
    step('restore', [...(settings.bootstrap ? ['--bootstrap'] : []), ...(declaration.proves ? ['--prove'] : [])], {
      does: plan.dataset ? 'data restored, by a plan made just before' : 'nothing to restore',
      // Taking `bootstrap` out must not restore a running service again.
      identity: ['restore', plan.name],
      after: [at('install'), ...gates.restore],
      timeout: '60m',
    }),
    step('start', [], {
      does: 'started',
      content,
      after: [at('restore'), ...packages, ...plan.dependsOn.map((needed) => named(subject.name).of(needed, 'start'))],
      timeout: '10m',
    }),
    // The data is checked while the service starts on it; both gate the verification.
    ...(hasData
      ? [step('check', [], { does: 'data checked', content, after: [at('restore'), ...packages], timeout: '30m' })]
      : []),
    step('verify', ['--checked'], {
      does: plan.hooks.includes('transaction') ? 'verified, a real transaction tried' : 'verified',
      content,
      after: [at('start'), ...(hasData ? [at('check')] : [])],
      timeout: '30m',
    }),
  ];
}

/** The plan as JSON text, with its `{{secret:NAME}}` places to be filled in. */
export function textOf(plan: ServicePlan): Text {
  const reads = secretsIn(plan);
  return reads.length ? { reads, make: (values) => filled(plan, values) } : JSON.stringify(plan);
}

/** The transaction of each service that has one, through the first public name of its host; none where it has no public name. */
export function transactions({ name, host, settings }: Subject, plans: ServicePlan[], after: string[]): Step[] {
  const [label] = host.publicNames;
  if (label === undefined) return [];
  return plans
    .filter(({ hooks }) => hooks.includes('transaction'))
    .map((plan) => ({
      name: named(name).of(plan.name, 'public'),
      stage: 'cutover',
      does: 'the same transaction through the public name',
      kind: 'script',
      run: ['transaction', plan.name, `https://${publicName(label, settings.zone.name)}`],
      after,
      timeout: '10m',
      part: { type: 'fleet:host:Cutover', name },
    }));
}

/** Certificates for the public names. Nothing waits for them: they are up to the certificate authority. */
export const certificates = (
  { name, host, declaration: { certificateSeconds } }: Subject,
  plans: ServicePlan[],
  after: string[],
): Step[] =>
  plans
    .filter(({ hooks }) => hooks.includes('certificates'))
    .map((plan) => ({
      name: named(name).of(plan.name, 'certificates'),
      stage: 'cutover',
      does: `orders certificates for names that have none, and waits, at most ${certificateSeconds} s, until clients trust them; without one it alarms`,
      kind: 'script',
      run: ['certificates', plan.name, String(certificateSeconds)],
      identity: ['certificates', plan.name],
      content: JSON.stringify(host.publicNames),
      after,
      timeout: `${certificateSeconds + 300}s`,
      part: { type: 'fleet:host:Cutover', name },
    }));
