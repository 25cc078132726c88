/**
 * Every agent that the documents name, with exactly one home each ("Fleet Topology", "Hosts"; "Emergency Procedures", "Contacts").
 * Moving an agent is changing its `homes` line: its old host retires it with a last backup, its new host restores that.
 */
import type { Agent } from '../model/schema';

const agent = (name: string, home: string, more: Partial<Agent> = {}): Agent => ({
  name,
  homes: [home],
  status: 'active',
  source: { repository: `Timmy_Foundation/hermes-${name}`, ref: 'main' },
  workTrees: [],
  ...more,
});

export const agents: Agent[] = [
  agent('allegro', 'alpha', { workTrees: [{ repository: 'Timmy_Foundation/epic-work', directory: 'epic-work' }] }),
  agent('adagio', 'alpha'),
  agent('ezra', 'alpha'),
  agent('bilbobagginshire', 'alpha'),
  agent('bezalel', 'beta'),
  // The child of the older document; the newer ones do not name it. Kept in the table, so that it is not lost silently, and run nowhere.
  agent('allegro-primus', 'alpha', { status: 'legacy' }),
];
