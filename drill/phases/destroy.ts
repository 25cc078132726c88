/** Takes the stacks down and looks for anything that is left of them. */
import { phase, runEngine, type Seeded, type Stack } from '../context';
import { removeName } from '../hook-name';

/** The last phase; with --keep there is none. */
export async function destroy(first: Seeded, ...others: Stack[]): Promise<void> {
  if (first.options.keep) return;
  await phase(
    first,
    'destroy',
    others.length ? 'the stacks and the cloud' : 'the stack and the cloud',
    async (drill) => {
      if (drill.hooks) await removeName(drill, new URL(drill.hooks.url).hostname);
      // What was made last goes first.
      for (const stack of [first, ...others].reverse()) await runEngine(stack, 'destroy', { refresh: true });
      const left = await drill.provider.left();
      const nothing = 'no droplet, reserved IP, firewall or DNS record';
      drill.record.none('destroy leaves nothing in the cloud', left, nothing);
    },
  );
}
