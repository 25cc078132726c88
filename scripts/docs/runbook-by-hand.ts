/** The steps of one host: as a table for reading, and as commands for typing. */
import { stepsOf, type Stage, type Step } from '../by-hand/steps';
import type { ServicePlan } from '../../services';
import { namesOf, type DocumentedHost, type Fleet } from './fleet';
import { code, mono, numbered, table } from './markdown';

const STAGES: Record<Stage, string> = {
  provision: 'machine',
  takeover: 'takeover',
  critical: 'critical service',
  cutover: 'cutover',
  others: 'other service',
  protect: 'protection',
};
/** Where the scripts live on a host. */
const SCRIPTS = '/usr/local/lib/fleet';

export function byHand(
  fleet: Fleet,
  { declaration, host, plans }: DocumentedHost,
): { program: string; commands: string } {
  const names = namesOf(fleet, host);
  const steps = stepsOf(declaration, host, plans, names[0]);
  const of = (...stages: Stage[]) => steps.filter(({ stage }) => stages.includes(stage));
  const critical = plans.some((plan) => plan.critical);
  const row = (name: string, stage: string, does: string) => [mono(name), stage, does];
  const rows = (some: Step[]) => some.map(({ name, stage, does }) => row(name, STAGES[stage], does));
  const services = (stage: Stage) =>
    plans
      .filter((plan) => plan.critical === (stage === 'critical'))
      .map((plan) =>
        serviceRow(
          of(stage).filter(({ run }) => run[1] === plan.name),
          plan,
        ),
      );
  const program = table(
    ['step', 'of the', 'what it does'],
    [
      row(
        'preflight',
        'decision',
        'refuses, and touches nothing, unless the tokens have their scopes, the account has room, the newest restore point exists, opens, is whole and fits, and the machine that was the primary is gone or its successor was asked for',
      ),
      row(
        `Droplet ${host.name}`,
        'machine',
        `${host.size}, ${host.image}, ${host.region}; with the host key of all its predecessors`,
      ),
      ...rows(steps.slice(0, 1)),
      row(`${host.name}-scripts`, 'machine', 'copies `host` to the machine'),
      ...rows(of('provision').slice(1)),
      row(
        'fence',
        'takeover',
        'the machine that was the primary stops its services, writes its last backups and is powered off, where it is still there; then the checks above once more',
      ),
      ...rows(of('takeover')),
      ...services('critical'),
      row(
        'address',
        'cutover',
        `the reserved IP leads to the new machine${critical ? ', once every critical service is verified' : ''}`,
      ),
      ...(names.length ? [row('names', 'cutover', `${names.map(mono).join(', ')}: A records of the reserved IP`)] : []),
      ...rows(of('cutover')),
      row(`${host.name}-handover`, 'other service', 'takes over the backups of agents that moved here'),
      ...rows(of('others').filter(({ run }) => run[0] === 'packages')),
      ...services('others'),
      ...rows(of('protect')),
    ],
  );
  const intro = critical
    ? 'In the graph, the services of one stage run beside each other, and `check` beside `start`. Whatever fails stops what comes after it: no name moves to a host that is not verified.'
    : 'In the graph, services run beside each other, and `check` beside `start`. Whatever fails stops what comes after it.';
  return { program: `${intro}\n\n${program}`, commands: commands(fleet, { declaration, host, plans }, steps) };
}

/** The steps of one service in one row; a restore that has nothing to restore says so by itself. */
function serviceRow(steps: Step[], plan: ServicePlan): string[] {
  const does = [
    ...(plan.critical ? [] : ['installed']),
    plan.dataset ? 'its data restored' : 'nothing to restore',
    steps.some(({ run }) => run[0] === 'check') ? 'the data checked while it starts' : 'started',
    plan.hooks.includes('transaction') ? 'verified, and a real transaction tried' : 'verified',
  ];
  return [
    steps.map(({ name, run }, index) => mono(index ? `-${run[0]}` : name)).join(' '),
    STAGES[plan.critical ? 'critical' : 'others'],
    `${plan.name}: ${does.join(', ')}`,
  ];
}

function commands(fleet: Fleet, { declaration, host, plans }: DocumentedHost, steps: Step[]): string {
  const { stack } = declaration;
  const of = (...stages: Stage[]) => steps.filter(({ stage }) => stages.includes(stage)).map(command);
  const packages = steps.filter(({ stage, run }) => stage === 'others' && run[0] === 'packages').map(command);
  const bring = (critical: boolean) =>
    plans
      .filter((plan) => plan.critical === critical)
      .flatMap(({ name }) => [
        ...(critical ? [] : [`feed ${host.name}-${name}-install install ${name}`]),
        `bring ${name}`,
      ]);
  const names = namesOf(fleet, host);
  const ssh = (address: string) => `ssh -i $K/key -o UserKnownHostsFile=$K/known_hosts root@${address}`;
  const ofHost = `--stack ${stack} --host ${host.name}`;
  const parts: Array<{ text: string; lines: string[] }> = [
    {
      text: 'Ready a shell at the root of this repository. `ADDRESS` is the reserved IP.',
      lines: [
        'umask 077; K=$(mktemp -d)',
        names[0]
          ? `ADDRESS=$(dig +short ${names[0]})`
          : `ADDRESS=$(bin/fleet outputs --stack ${stack} --json | jq -r .hosts.${host.name}.reservedIp)`,
        `bin/fleet input deploy-key ${ofHost} >$K/key`,
        `bin/fleet input user-data ${ofHost} >$K/user-data`,
        `echo "$ADDRESS $(bin/fleet input host-key ${ofHost})" >$K/known_hosts`,
        `on() { ${ssh('$IP')} -n bash ${SCRIPTS}/"$@"; }`,
        `input() { bin/fleet input $1 ${ofHost} --incarnation $ID --address $IP; }`,
        `feed() { input $1 | ${ssh('$IP')} bash ${SCRIPTS}/"\${@:2}"; }`,
        'bring() { on restore $1 && on start $1 && on verify $1; }',
      ],
    },
    {
      text: 'Make the machine. The firewall follows the tag.',
      lines: [
        `KEY=$(doctl compute ssh-key list --format FingerPrint,Name --no-header | awk '$2 == "${stack}-deploy" {print $1}')`,
        `ID=$(doctl compute droplet create ${host.name} --region ${host.region} --size ${host.size} --image ${host.image} --ssh-keys $KEY --tag-names ${stack}-${host.name} --user-data-file $K/user-data --droplet-agent=false --wait --format ID --no-header)`,
        'IP=$(doctl compute droplet get $ID --format PublicIPv4 --no-header)',
        `echo "$IP $(bin/fleet input host-key ${ofHost})" >>$K/known_hosts`,
      ],
    },
    {
      text: 'Make it one of the fleet, once it answers.',
      lines: chain([
        `tar -C host -c . | ${ssh('$IP')} "mkdir -p ${SCRIPTS} && tar -C ${SCRIPTS} -x"`,
        ...of('provision'),
      ]),
    },
    {
      text: 'Stop the old host, if it is still listed; `OLD` is its id. The flush fails where it does not answer. Never leave two running. After a break-in use the program: only its preflight puts back what was written over in the store.',
      lines: [
        'doctl compute droplet list --format ID,Name,Status,PublicIPv4,Tags',
        `${ssh('$ADDRESS')} -n bash ${SCRIPTS}/flush --stop`,
        'doctl compute droplet-action power-off $OLD --wait',
      ],
    },
    { text: 'The new machine takes over.', lines: chain(of('takeover')) },
    { text: 'Bring back what the names wait for.', lines: chain(bring(true)) },
    {
      text: names.length
        ? `Move the address; the records of ${names.map(mono).join(' and ')} lead to it already. Then try them, and protect what is back.`
        : 'Move the address.',
      lines: chain(['doctl compute reserved-ip-action assign $ADDRESS $ID', ...of('cutover')]),
    },
    {
      text: 'Bring back everything else. An agent that was to move here and never ran here comes by the program only.',
      lines: chain([...packages, ...bring(false)]),
    },
    { text: 'Protect it.', lines: [...chain(of('protect')), 'rm -r $K'] },
  ];
  return [
    'For the day on which the engine itself does not work. Needed besides what "First" says: `doctl` and `jq`.',
    numbered(
      parts
        .filter(({ lines }) => lines.length)
        .map(({ text, lines }) => `${text}\n\n${indent(code(lines.join('\n'), 'sh'))}\n`),
    ),
    `The program does not know of a rebuild by hand: its next ${mono('pulumi up --refresh')} refuses to make another one beside this droplet. In a quiet hour raise ${mono(`fleet:rebuild.${host.name}`)} and update: this droplet serves until its successor has taken over; delete it afterwards.`,
  ].join('\n\n');
}

/** A step as it is typed; what it reads comes from `fleet input`. */
function command({ name, run, where, input }: Step): string {
  const script = run.join(' ').trim();
  if (where === 'here') return `input ${name} | node --import tsx ${script}`;
  return input ? `feed ${name} ${script}` : `on ${script}`;
}

/** Nothing after the first error. */
const chain = (lines: string[]): string[] =>
  lines.map((line, index) => (index < lines.length - 1 ? `${line} &&` : line));

const indent = (text: string): string => text.replace(/^/gm, '   ');
