/** Detection by the declared monitor, then one update. */
import { readableUrn } from '../../engines/engine';
import { need, runEngine, type Drill } from '../context';

export async function detection(drill: Drill): Promise<void> {
  const at = await need(drill.detected, 'the monitor');
  const { monitor } = drill.declaration;
  const after = (at - need(drill.record.fault, 'the fault').at) / 1000;
  drill.record.check('detected by the declared monitor', after > 0, `${after.toFixed(1)} s after the fault (${monitor.failures} failures, every ${monitor.intervalSeconds} s)`);
}

/** On request only, because it is on the way to the rebuild: names exactly what depends on the dead incarnation. */
export async function preview(drill: Drill): Promise<void> {
  const result = await runEngine(drill, 'preview', { refresh: true });
  const touched = result.steps.filter(({ op }) => op !== 'delete');
  const droplets = touched.filter(({ urn }) => urn.includes('digitalocean:index/droplet:Droplet::'));
  drill.record.check('preview after the fault names one droplet', droplets.length === 1, [...new Set(touched.map(({ urn }) => readableUrn(urn)))].join(', '));
}

export async function rebuild(drill: Drill): Promise<void> {
  const result = await runEngine(drill, 'up', { refresh: true });
  drill.progress.say(`  ${result.steps.length} steps`);
}
