/** Every contradiction, by what it is about. */
import { backups } from './backups';
import type { Contradiction } from './contradiction';
import { documents } from './documents';
import { forge } from './forge';
import { hosts } from './hosts';
import { times } from './times';

export const contradictions: Array<{ title: string; entries: Contradiction[] }> = [
  { title: 'Hosts and what runs where', entries: hosts },
  { title: 'The forge', entries: forge },
  { title: 'Backups and redundancy', entries: backups },
  { title: 'Times, severities, failover', entries: times },
  { title: 'The documents themselves', entries: documents },
];

export type { Contradiction } from './contradiction';
