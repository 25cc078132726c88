/** Where the documents say that backups of the old hosts are, or may be. The locator looks at all of them; none is written to. */
export interface LegacyPlace {
  /** Absolute path on an old host, or a prefix of a bucket. */
  path: string;
  service: string;
  source: string;
}

export const legacyPlaces: LegacyPlace[] = [
  { path: '/backups', service: 'gitea', source: 'VPS Recovery Runbook, pre-recovery checklist' },
  { path: '/backups/gitea', service: 'gitea', source: 'VPS Recovery Runbook, step 4' },
  { path: '/var/backups/gitea', service: 'gitea', source: 'VPS Recovery Runbook, step 4' },
  { path: '/root/backups', service: 'gitea', source: 'VPS Recovery Runbook, step 4' },
  { path: '/root/gitea/backups', service: 'allegro', source: 'Emergency Procedures, "Automated Backup Scripts"' },
  { path: '/root/allegro/backups', service: 'allegro', source: 'Emergency Procedures, "Automated Backup Scripts"' },
  { path: '/root/allegro-backup', service: 'allegro', source: 'Emergency Procedures, "Failover Procedure"' },
  { path: '/root/allegro-failover', service: 'allegro', source: 'Emergency Procedures, "Failover Procedure"' },
  // Not backups, but the data itself, where an old host still lives.
  { path: '/var/lib/gitea', service: 'gitea', source: 'VPS Recovery Runbook, step 4' },
  { path: '/root/gitea', service: 'gitea', source: 'Emergency Procedures, "Scenario 3"' },
  { path: '/root/allegro', service: 'allegro', source: 'Emergency Procedures, "Automated Backup Scripts"' },
  // Homes of the agents; that of bezalel holds backup_databases.sh, which says where it writes.
  { path: '/root/wizards', service: 'agents', source: 'VPS Recovery Runbook, step 2' },
  { path: '/root/.hermes', service: 'fleet-config', source: 'VPS Recovery Runbook, step 2' },
];
