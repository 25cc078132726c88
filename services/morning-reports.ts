/** Morning reports ("Emergency Procedures", "RTO / RPO": 1 hour, 24 hours; they can be made again). No document states the hour. */
import type { Service } from './service';
import { sourced } from './sourced';

export const morningReports: Service = {
  plan: (context) =>
    sourced(context, {
      name: 'morning-reports',
      kind: 'morning-reports',
      description: 'Morning report',
      impact: 'No report is made until it is back.',
      calendar: '*-*-* 06:00:00 UTC',
      usesToken: true,
      environment: { REPORTS: '/var/lib/morning-reports/reports' },
      objectives: context.objectives.reports,
      needs: { memoryMiB: 128, diskGiB: 1 },
    }),
};
