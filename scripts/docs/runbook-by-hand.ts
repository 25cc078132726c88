/** The steps of one host: as a table for reading, and as commands for typing. */
import { driverOf } from '../../components/machines';
import { tagOf } from '../../components/machines/tag';
import { rebuild, SCRIPTS, type Stage, type Step } from '../../components/steps';
import { namesOf, standInSettings, type DocumentedHost, type DocumentedFleet } from './fleet';
import { code, mono, numbered, table } from './markdown';

const STAGES: Record<Stage, string> = {
  preflight: 'decision',
  provision: 'machine',
  takeover: 'takeover',
  critical: 'critical service',
  cutover: 'cutover',
  others: 'other service',
  protect: 'protection',
};

export function byHand(fleet: DocumentedFleet, one: DocumentedHost): { program: string; commands: string } {
  const { host, declaration, plans } = one;
  const steps = rebuild({ name: host.name, declaration, host, plans, settings: standInSettings(fleet.zone) });
  const intro = plans.some(({ critical }) => critical)
    ? 'The program does the services of one stage side by side, and `check` beside `start`. A step that fails stops those after it: no name moves to a host that is not verified.'
    : 'The program does services side by side, and `check` beside `start`. A step that fails stops those after it.';
  const program = table(['step', 'of the', 'what it does'], rowsOf(steps).map(row));
  return { program: `${intro}\n\n${program}`, commands: commands(fleet, one, steps) };
}

type Row = [Step, ...Step[]];

/** Steps of one service that follow each other share a row. */
const rowsOf = (steps: Step[]): Row[] =>
  steps.reduce<Row[]>((rows, step) => {
    const last = rows.at(-1);
    if (last && step.service && last[0].service === step.service) last.push(step);
    else rows.push([step]);
    return rows;
  }, []);

function row(steps: Row): string[] {
  const [{ name, stage, service }] = steps;
  const names = steps.map(({ run }, index) => mono(index ? `-${run[0]}` : name));
  const does = steps.map((step) => step.does).join(', ');
  return [names.join(' '), STAGES[stage], service ? `${service}: ${does}` : does];
}

function commands(fleet: DocumentedFleet, { declaration, host }: DocumentedHost, steps: Step[]): string {
  const { stack } = declaration;
  const of = (wanted: Stage) => steps.filter(({ stage }) => stage === wanted).flatMap(command);
  const names = namesOf(fleet, host);
  const provider = driverOf(host).words;
  const ssh = (address: string) => `ssh -i $K/key -o UserKnownHostsFile=$K/known_hosts root@${address}`;
  const ofHost = `--stack ${stack} --host ${host.name}`;
  const parts: Array<{ text: string; lines: string[] }> = [
    {
      text: `Ready a shell at the root of this repository. ${mono('ADDRESS')} is the ${provider.entrance}.`,
      lines: [
        'umask 077; K=$(mktemp -d)',
        names[0]
          ? `ADDRESS=$(dig +short ${names[0]})`
          : `ADDRESS=$(bin/fleet outputs --stack ${stack} --json | jq -r .hosts.${host.name}.entrance)`,
        `bin/fleet input deploy-key ${ofHost} >$K/key`,
        `bin/fleet input user-data ${ofHost} >$K/user-data`,
        `echo "$ADDRESS $(bin/fleet input host-key ${ofHost})" >$K/known_hosts`,
        `on() { ${ssh('$IP')} -n bash ${SCRIPTS}/"$@"; }`,
        `input() { bin/fleet input $1 ${ofHost} --incarnation $ID --address $IP; }`,
        `feed() { input $1 | ${ssh('$IP')} bash ${SCRIPTS}/"\${@:2}"; }`,
        `bring() { feed ${host.name}-$1-restore restore $1 && on start $1 && on verify $1; }`,
      ],
    },
    {
      text: 'Make the machine. The firewall follows the tag.',
      lines: [
        ...provider.make(host, {
          key: `${stack}-deploy`,
          tag: tagOf(declaration, host.name),
          userData: '$K/user-data',
        }),
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
      text: 'Stop the old host, if it is still listed; `OLD` is its id. The flush fails where it does not answer. Never leave two running.',
      lines: [provider.list, `${ssh('$ADDRESS')} -n bash ${SCRIPTS}/flush --stop`, provider.powerOff('$OLD')],
    },
    { text: 'The new machine takes over.', lines: chain(of('takeover')) },
    { text: 'Bring back the critical services.', lines: chain(of('critical')) },
    {
      text: names.length
        ? `Move the address; the records of ${names.map(mono).join(' and ')} lead to it already. Then try them, and protect what is back.`
        : 'Move the address.',
      lines: chain([provider.lead('$ADDRESS', '$ID'), ...of('cutover')]),
    },
    {
      text: 'Bring back everything else.',
      lines: chain(of('others')),
    },
    { text: 'Protect it.', lines: [...chain(of('protect')), 'rm -r $K'] },
  ];
  return [
    `For the day on which the engine itself does not work. Needed besides what "First" says: ${mono(provider.tool)} and ${mono('jq')}.`,
    numbered(
      parts
        .filter(({ lines }) => lines.length)
        .map(({ text, lines }) => `${text}\n\n${indent(code(lines.join('\n'), 'sh'))}\n`),
    ),
    `The program does not know of a rebuild by hand: its next ${mono('pulumi up --refresh')} refuses to make another one beside this ${provider.noun}. In a quiet hour raise ${mono(`fleet:rebuild.${host.name}`)} and update: this ${provider.noun} serves until its successor has taken over; delete it afterwards.`,
  ].join('\n\n');
}

/** A step as it is typed; what it reads comes from `fleet input`, and `bring` does what follows the installation of a service. */
function command({ name, kind, run, stdin, service }: Step): string[] {
  const [script] = run;
  if (kind === 'copy' || kind === 'other') return [];
  if (kind !== 'script') return [`input ${name} | node --import tsx ${script}`];
  if (service && script !== 'install') return script === 'restore' ? [`bring ${service}`] : [];
  return [stdin === undefined ? `on ${run.join(' ')}` : `feed ${name} ${run.join(' ')}`];
}

/** Nothing after the first error. */
const chain = (lines: string[]): string[] =>
  lines.map((line, index) => (index < lines.length - 1 ? `${line} &&` : line));

const indent = (text: string): string => text.replace(/^/gm, '   ');
