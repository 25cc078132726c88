/** How a document and its section are named. */
export const topology = (section: string) => `Fleet Topology, "${section}"`;
export const runbook = (section: string) => `VPS Recovery Runbook, ${section}`;
export const procedures = (section: string) => `Emergency Procedures, "${section}"`;
