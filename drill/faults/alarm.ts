/** What an operator sees: `fleet status`. */
import type { Seeded } from '../context';
import { fleetPlain } from './child';

/** Exit code, and what it said about anything that is not well. */
export async function statusOf(drill: Seeded): Promise<{ code: number | null; said: string }> {
  const { code, output } = await fleetPlain(drill, ['status', '--stack', drill.declaration.stack, '--json']);
  const json = output.split('\n').find((line) => line.startsWith('{'));
  if (!json) return { code, said: output.trim() };
  const { datasets } = JSON.parse(json) as {
    datasets: Array<{ service: string; part: string; stale: boolean; reason?: string }>;
  };
  return {
    code,
    said:
      datasets
        .filter(({ stale }) => stale)
        .map(({ service, part, reason }) => `${service}/${part}: ${reason}`)
        .join('; ') || 'all well',
  };
}
