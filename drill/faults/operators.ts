/** Two operators change a stack at once, and one whose machine dies while it does: the lease in the store lets one through. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../../scripts/lib/errors';
import { projectDir } from '../../scripts/lib/project';
import type { Seeded, Stack } from '../context';
import { forgetRequests } from '../control';
import { environment, fleet, fleetPlain, upMeanwhile, type FleetRun } from './child';
import { onceOnly } from './engine-killed';
import type { Fault } from './fault';
import { saidBy } from './refusal';
import { loseAndRecover } from './steps';

export const twoOperators: Fault = {
  kind: 'two-operators',
  title: 'a second operator, with a state of their own, updates the stack while it is rebuilt',
  ends: 'recovers',
  run: (drill) => loseAndRecover(drill, { rebuilding: besideAnother }),
};

export const operatorDied: Fault = {
  kind: 'operator-died',
  title: 'the machine of the operator dies in the middle of a rebuild; another one takes it over',
  ends: 'recovers',
  run: (drill) => loseAndRecover(drill, { rebuilding: takenOver }),
};

const HELD = /was not touched: \S+@\S+ \(process \d+, since [\d:.TZ-]+\) is changing it/;

async function besideAnother(drill: Seeded): Promise<void> {
  const { record } = drill;
  const copy = join(drill.workspace.workDir, 'second-operator');
  cpSync(drill.stack.backendDir, copy, { recursive: true });
  const env = { PULUMI_BACKEND_URL: `file://${copy}` };
  await forgetRequests(drill);
  const first = await upMeanwhile(drill, ['step-start', `Command ${drill.hostName}-provision`], async () => {
    const second = await fleet(drill, 'up', ['--refresh'], { env });
    refused(drill, 'the second operator', second, [HELD, /fleet lease break/]);
    refused(drill, 'breaking a lease whose holder lives', await lease(drill, 'break'), [/that it lives/]);
  });
  record.check('there was a second operator', first.met, 'while the machine was provisioned');
  record.check('the first operator ends the rebuild', first.code === EXIT.ok, `exit code ${first.code}`);
  if (first.code !== EXIT.ok) throw new Error(`the rebuild failed: ${saidBy(first.output)}`);
  await onceOnly(drill);
  const { output } = await lease(drill);
  record.check('the lease was given back', /nobody is changing/.test(output), output.trim());
}

const BREAK_WITHIN_MS = 180_000;
const BETWEEN_MS = 5000;

async function takenOver(drill: Seeded): Promise<void> {
  const { record } = drill;
  await forgetRequests(drill);
  const { met } = await upMeanwhile(drill, ['step-start', `Command ${drill.hostName}-takeover`], ({ kill }) => kill());
  record.check('the operator died in the middle of the rebuild', met, 'kill -9 at the takeover');
  refused(drill, 'another operator', await elsewhere(drill), [HELD, /fleet lease break/]);
  drill.progress.waiting('the holder of the lease to have been silent for long enough');
  const end = Date.now() + BREAK_WITHIN_MS;
  let broken = await lease(drill, 'break');
  refused(drill, 'breaking it at once', broken, [/that it lives/]);
  while (broken.code !== EXIT.ok && Date.now() < end) {
    await sleep(BETWEEN_MS, undefined, { signal: drill.signal });
    broken = await lease(drill, 'break');
  }
  record.check('the lease is broken once its holder is silent', broken.code === EXIT.ok, broken.output.trim());
  drill.progress.waiting('the rebuild by the other operator');
  const last = await elsewhere(drill);
  record.check('the other operator ends the rebuild', last.code === EXIT.ok, `exit code ${last.code}`);
  if (last.code !== EXIT.ok) throw new Error(`the other operator's rebuild failed: ${saidBy(last.output)}`);
  await onceOnly(drill);
}

/** `fleet lease`, or one of its commands, on the drill's stack. */
const lease = (drill: Stack, ...command: string[]): Promise<FleetRun> =>
  fleetPlain(drill, ['lease', ...command, '--stack', drill.stack.stack]);

/** An update by somebody who cannot see the processes of this machine, as on another one. */
const elsewhere = (drill: Stack): Promise<FleetRun> =>
  fleet(drill, 'up', ['--refresh'], {
    instead: {
      file: '/usr/bin/unshare',
      args: [
        '--pid',
        '--fork',
        '--kill-child',
        '--mount-proc',
        join(projectDir, 'bin/fleet'),
        'up',
        '--stack',
        drill.stack.stack,
      ],
      env: environment(drill),
    },
  });

function refused({ record }: Stack, who: string, { code, output }: FleetRun, says: RegExp[]): void {
  const said = saidBy(output);
  const isRight = code === EXIT.failed && says.every((pattern) => pattern.test(said));
  record.check(`${who} is refused`, isRight, `exit code ${code}: ${said}`);
}
