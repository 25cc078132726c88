/**
 * The metrics database ("Emergency Procedures", "RTO / RPO": 1 hour each). The documents back it up daily in one place and hourly in
 * another; here each change is shipped within a second, which meets both.
 */
import type { Service } from './service';
import { sourced } from './sourced';

export const metrics: Service = {
  plan: (context) =>
    sourced(context, {
      name: 'metrics',
      kind: 'metrics',
      description: 'Metrics of the fleet',
      impact: 'Metrics have a gap.',
      repository: 'Timmy_Foundation/timmy-metrics',
      calendar: 'hourly',
      database: 'timmy_metrics.db',
      environment: { METRICS_DATABASE: '/var/lib/metrics/timmy_metrics.db' },
      objectives: context.objectives.metrics,
      needs: { memoryMiB: 64, diskGiB: 2 },
      hooks: ['bootstrap', 'verify'],
    }),
};
