/** Every contradiction, by what it is about. */
import type { Contradictions } from '../../model/documents';
import { backups } from './backups';
import { documents } from './documents';
import { forge } from './forge';
import { hosts } from './hosts';
import { times } from './times';

export const contradictions: Contradictions = {
  documents:
    'The fleet is described by three documents: Emergency Procedures (2026-03-31), Fleet Topology (2026-04-06) and VPS Recovery Runbook (2026-04-26). Where nothing else decides, the newest wins, and no address is trusted that was not looked at.',
  sections: [
    { title: 'Hosts and what runs where', entries: hosts },
    { title: 'The forge', entries: forge },
    { title: 'Backups and redundancy', entries: backups },
    { title: 'Times, severities, failover', entries: times },
    { title: 'The documents themselves', entries: documents },
  ],
};
