/** Where the fleet's documents disagree, with each other or with themselves, and the reading that the declaration follows. */
export interface Contradiction {
  about: string;
  /** What is said, each with its document and section. */
  says: string[];
  taken: string;
}

export const topology = (section: string) => `Fleet Topology, "${section}"`;
export const runbook = (section: string) => `VPS Recovery Runbook, ${section}`;
export const procedures = (section: string) => `Emergency Procedures, "${section}"`;
