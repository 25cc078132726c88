/** What the fleet states of itself: "Emergency Procedures", appendix "RTO / RPO"; a rebuild has its own number, "under an hour" ("Fleet Topology"). */
import type { Declaration } from '../model/schema';

const minutes = (n: number) => n * 60;
const hours = (n: number) => n * 3600;

export const objectives: Declaration['objectives'] = {
  // Gitea: 30 minutes, real-time.
  forge: { rpoSeconds: 5, rtoRestartSeconds: minutes(30), rtoRebuildSeconds: minutes(60) },
  proxy: { rpoSeconds: minutes(60), rtoRestartSeconds: minutes(30), rtoRebuildSeconds: minutes(60) },
  // Agent operations: 15 minutes, 15 minutes.
  agent: { rpoSeconds: minutes(15), rtoRestartSeconds: minutes(15), rtoRebuildSeconds: minutes(60) },
  // Ollama: 5 minutes, nothing to lose. Only healing in place can meet that; pulling models again after a rebuild takes longer.
  inference: { rtoRestartSeconds: minutes(5), rtoRebuildSeconds: minutes(60) },
  // Morning reports: 1 hour, 24 hours.
  reports: { rpoSeconds: hours(24), rtoRestartSeconds: hours(1), rtoRebuildSeconds: hours(1) },
  // Metrics database: 1 hour, 1 hour.
  metrics: { rpoSeconds: hours(1), rtoRestartSeconds: hours(1), rtoRebuildSeconds: hours(1) },
  // No document gives numbers for anything else; these are the agents'.
  service: { rpoSeconds: minutes(15), rtoRestartSeconds: minutes(15), rtoRebuildSeconds: minutes(60) },
};
