/** Runs a refusal that is written down as data. */
import { phase, type Seeded } from '../context';
import type { FleetOptions } from './child';
import type { Fault } from './fault';
import { expectGoesOn, expectRefusal, type Refusal } from './refusal';
import { loseHost } from './steps';

type Env = FleetOptions['env'];
type EnvOf = Env | ((drill: Seeded) => Promise<Env>);

/** An update that must be refused; without `why` for what the fault is named after. */
interface Try extends Omit<Refusal, 'env' | 'why'> {
  why?: string;
  /** Breaks something; returns what mends it. */
  breaks?(drill: Seeded): Promise<void | (() => Promise<unknown>)>;
  env?: EnvOf;
}

/** What is broken once the host is dead, and the update, or the updates, that it makes refused. */
export type Refused = {
  kind: string;
  title: string;
  /** The host is not dead. */
  hostLives?: true;
  /** What was mended, in words: the same update then goes on, in this environment. */
  after: string;
  envAfter?: EnvOf;
} & (Try | (Pick<Try, 'breaks'> & { tries: Try[] }));

/** A fault whose updates are refused, and go on once what was broken is mended. */
export const refuses = ({ kind, title, hostLives, after, envAfter, ...row }: Refused): Fault => ({
  kind,
  title,
  ends: 'refuses',
  run: async (drill) => {
    const { breaks, tries } = 'tries' in row ? row : { breaks: row.breaks, tries: [{ ...row, breaks: undefined }] };
    let mend = await phase(drill, 'fault', title, async () => {
      if (!hostLives) await loseHost(drill);
      return breaks?.(drill);
    });
    await phase(drill, 'refusal', title, async () => {
      for (const { breaks: more, why = kind.replaceAll('-', ' '), ...one } of tries) {
        mend = (await more?.(drill)) ?? mend;
        await expectRefusal(drill, { ...one, why, env: await envOf(drill, one.env) });
      }
      await mend?.();
      await expectGoesOn(drill, after, await envOf(drill, envAfter));
    });
  },
});

const envOf = async (drill: Seeded, env: EnvOf): Promise<Env> => (typeof env === 'function' ? env(drill) : env);
