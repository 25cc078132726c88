/** What is done when a host is gone: by the program, and the same by hand. */
import { driverOf } from '../../components/machines';
import { publicName } from '../../services';
import type { DocumentedHost, DocumentedFleet } from './fleet';
import { byHand } from './runbook-by-hand';
import { duration, list, mono, numbered, page, section, subsection, table } from './markdown';
import { plainTools } from './runbook-plain-tools';
import { required } from '../../stacks/model/required';

export function runbook(fleet: DocumentedFleet): string {
  const { host, declaration } = required(fleet.hosts[0], 'a host of the fleet');
  const stack = declaration.stack;
  const { words: provider, tokenVariables } = driverOf(host);
  const forge = publicName(declaration.forge.label, fleet.zone);
  return page(
    'Recovery runbook',
    section(
      'First',
      numbered([
        `Is it the host? ${mono(`curl -fsS https://${forge}/api/healthz`)} from two networks; then [the providers’ status pages](contacts.md).`,
        `What can be restored? ${mono(`bin/fleet status --stack ${stack}`)}: a stale dataset loses more than its objective.`,
        `Have ready: this repository, the stack’s file, its passphrase, the state directory, ${mono(tokenVariables[0])}, ${mono('CLOUDFLARE_API_TOKEN')}. The recovery kit (${mono('bin/fleet kit')}) holds all of them, kept away from the fleet: ${mono('age --decrypt KIT | tar --extract --gzip')}, then ${mono('./rebuild <stack>')}.`,
      ]),
      table(
        ['what happened', 'what to do'],
        [
          [`The ${provider.noun} is gone`, mono(`pulumi up --refresh --stack ${stack}`)],
          [
            'It does not answer, and may only hang',
            'Look at it in [the provider’s console](contacts.md), and power cycle it once. If it is not back after 5 minutes: the row below.',
          ],
          [
            'It is listed, but hung, off, cut off or taken over',
            `${mono(`pulumi config set --path 'fleet:rebuild.${host.name}' 1 --stack ${stack}`)} (one more than it was), then ${mono(`pulumi up --refresh --stack ${stack}`)}. After a break-in keep its disk first: ${mono(provider.snapshot('<id>'))}; the old ${provider.noun} is deleted once its successor has passed.`,
          ],
          [
            'Either of these, and the host has a standby (`fleet:standby`, off by default)',
            `${mono(`pulumi config set --path 'fleet:rebuild.${host.name}' 1 --stack ${stack}`)} (one more than it was), then ${mono(`pulumi up --refresh --stack ${stack}`)}: the standby takes over`,
          ],
          [
            'It must go for maintenance of the provider',
            'The same as for a host that is listed but hung, announced, in a quiet hour.',
          ],
          ...(fleet.hosts.length > 1
            ? [
                [
                  'Several hosts are gone',
                  'One command a stack, in any order. What starts before the forge answers runs from the bundle in its own backup.',
                ],
              ]
            : []),
          [
            'One service is ill, its host is not',
            `log in: ${mono('systemctl restart <unit>')}, ${mono('journalctl -u <unit>')}; units are in [services.md](services.md)`,
          ],
          [
            'One service needs an older state',
            `${mono(`bin/fleet restore gitea --stack ${stack} --host ${host.name} --at <moment> --dry-run`)}, then without ${mono('--dry-run')}`,
          ],
          [
            'A backup now, before something risky',
            `log in: ${mono('/usr/local/lib/fleet/flush')}; then ${mono(`bin/fleet status --stack ${stack}`)}`,
          ],
          ['The forge is away, and there is work to do', 'Commit locally; whoever did so pushes once it is back.'],
          [
            'It says no',
            'It lists everything that is wrong at once and has touched nothing. Fix this, then run the same command again.',
          ],
          ['It was interrupted', 'Run the same command again.'],
        ],
      ),
    ),
    ...fleet.hosts.map((one) => rebuild(fleet, one)),
    section('Afterwards', afterwards(fleet)),
    section('Going back', goingBack),
    section('The data alone, with plain tools', plainTools(fleet)),
  );
}

function rebuild(fleet: DocumentedFleet, one: DocumentedHost): string {
  const { host, declaration, plans } = one;
  const { forge, agent } = declaration.objectives;
  const { rtoRebuildSeconds } = plans.some(({ critical }) => critical) ? forge : agent;
  const { program, commands } = byHand(fleet, one);
  return section(
    `Rebuild of ${host.name}`,
    `Objective: back within ${duration(rtoRebuildSeconds)}.`,
    subsection(`What the program does with ${host.name}`, program),
    subsection(`The same by hand, for ${host.name}`, commands),
  );
}

function afterwards(fleet: DocumentedFleet): string {
  return list([
    ...fleet.hosts.map(
      ({ declaration }) =>
        `${mono(`bin/fleet status --stack ${declaration.stack}`)}: every dataset has a fresh restorable point under the new host.`,
    ),
    'A second `pulumi up` changes nothing.',
    'The old machine, where there still was one, is off and gone from the list, or must be deleted by hand after a rebuild by hand.',
    'What was written between the last restorable point and the loss is gone. Who wrote then? Tell them.',
    'Whoever committed while the forge was away pushes now: agents from their work trees, people from their clones.',
    'Copy [incident-review.md](incident-review.md) and fill it in: what happened, the cause, and what prevents it, with an owner and a date.',
    'This document comes from the declaration. What was wrong in it is wrong there: correct that, and run `bin/fleet docs`.',
  ]);
}

const goingBack = list([
  'Before the cutover: interrupt the run and delete the new machine. Nothing is lost; the names never moved. A fenced old host has lost its key to the store: it must be rebuilt, or given one.',
  'After the cutover the new host holds the only newest writes. Going back means to restore its newest point on the other host, or to accept their loss in words. Nothing does that by itself.',
  'A host that comes back by itself after its rebuild must stay off: its name, its address and its key to the store are the new host’s.',
]);
