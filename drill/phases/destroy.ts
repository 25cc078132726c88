/** Takes the stack down and looks for anything that is left of it. */
import { membersOf, runEngine, type Drill } from '../context';

export async function destroy(drill: Drill): Promise<void> {
  await drill.removeHookName?.();
  // What was made last goes first.
  for (const member of membersOf(drill).reverse()) await runEngine(member, 'destroy', { refresh: true });
  drill.destroyed = true;
  const left = await drill.provider.left();
  drill.record.check(
    'destroy leaves nothing in the cloud',
    left.length === 0,
    left.length ? left.join(', ') : 'no droplet, reserved IP, firewall or DNS record',
  );
}
