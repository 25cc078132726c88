/** Takes the stack down and looks for anything that is left of it. */
import { runEngine, type Drill } from '../context';

export async function destroy(drill: Drill): Promise<void> {
  await drill.removeHookName?.();
  await runEngine(drill, 'destroy', { refresh: true });
  drill.destroyed = true;
  const left = await drill.provider.left();
  drill.record.check('destroy leaves nothing in the cloud', left.length === 0, left.length ? left.join(', ') : 'no droplet, reserved IP, firewall or DNS record');
}
