/**
 * The metrics database ("Emergency Procedures", "RTO / RPO": 1 hour each). The documents back it up daily in one place and hourly in
 * another; here each change is shipped within a second, which meets both.
 */
import type { Service } from './service';
import { ownRepository, sourced } from './sourced';

export const metrics: Service = {
  plan: (context) => {
    const database = `${context.fleet}_metrics.db`;
    return sourced(context, {
      name: 'metrics',
      kind: 'metrics',
      description: 'Metrics of the fleet',
      impact: 'Metrics have a gap.',
      repository: ownRepository(context, 'metrics'),
      calendar: 'hourly',
      database,
      environment: { METRICS_DATABASE: `/var/lib/metrics/${database}` },
      objectives: context.objectives.metrics,
      needs: { memoryMiB: 64, diskGiB: 2 },
      hooks: ['bootstrap', 'verify'],
    });
  },
};
