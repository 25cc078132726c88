/** Backups, restores, redundancy. */
import type { Contradiction } from '../../model/documents';
import { procedures, runbook, topology } from './cited';

export const backups: Contradiction[] = [
  {
    about: 'How long backups are kept',
    says: [
      `7 days, "estimated" (${runbook('"Current Mitigations"')})`,
      `30 days (${procedures('Automated Backup Scripts')})`,
    ],
    taken: '30 days, enforced by the store: the only number that comes from a script.',
  },
  {
    about: 'Where backups are',
    says: [
      `"TBD"; /backups/gitea, /var/backups/gitea, /root/backups (${runbook('"Current Mitigations" and step 4')})`,
      `/root/gitea/backups, /root/allegro/backups, /root/allegro-backup, "Gitea / Local" (${procedures('Backup Strategy')} and its scripts)`,
    ],
    taken: 'In a store that no host shares an account with. The old places are looked through once, by locate-legacy.',
  },
  {
    about: 'What makes backups',
    says: [
      `backup_databases.sh, daily at 03:30 (${runbook('"Current Mitigations"')})`,
      `backup-system.sh, without a schedule (${procedures('Automated Backup Scripts')})`,
    ],
    taken: 'One way for each kind of data: databases every second, repositories at each push, files at each change.',
  },
  {
    about: 'How often databases are backed up',
    says: [
      `daily (${procedures('Backup Strategy')})`,
      `hourly, with an objective of one hour (${procedures('Recovery Time Objectives')})`,
    ],
    taken: 'Every second. A rule refuses an interval that its objective cannot be met with.',
  },
  {
    about: 'What the forge may lose',
    says: [
      `nothing: "real-time", git is the backup (${procedures('Recovery Time Objectives')})`,
      `its database is dumped once a day (${runbook('"Current Mitigations"')})`,
    ],
    taken:
      'Git brings back commits only, and issues are how agents talk: pushes are in the store before they are answered, the database within seconds.',
  },
  {
    about: 'Whether the forge is a backup',
    says: [
      `"Gitea itself is the backup for repositories" (${topology('Redundancy Status')})`,
      `"Gitea is on one host" (the same); a single point of failure (${runbook('"Risk Statement"')})`,
    ],
    taken: 'It is not. What is on the lost host is lost with it.',
  },
  {
    about: 'Whether everything is in git',
    says: [
      `"All code and configuration is in git" (${topology('Redundancy Status')})`,
      `a backup script exists on the live host only (${runbook('"Current Mitigations"')})`,
      `.env files are a rebuild source (${topology('Operational Contacts')})`,
    ],
    taken:
      'Not as it was written. Scripts are in this repository now, secrets encrypted in the stack’s settings, models are pulled again.',
  },
  {
    about: 'Where to restore from',
    says: [
      `the newest backup on the live VPS, "if accessible" (${runbook('pre-recovery checklist and step 4')})`,
      'the VPS is what was lost (the same document)',
    ],
    taken: 'From the store. A host that still answers writes its last backups before it is powered off.',
  },
  {
    about: 'What of the forge is backed up',
    says: [
      `its database (${runbook('"Current Mitigations"')})`,
      `database and custom are restored, repositories never (${runbook('step 4')})`,
    ],
    taken:
      'Database, repositories, LFS, attachments, avatars, custom; its configuration comes from the declaration and its keys from the stack’s secrets.',
  },
  {
    about: '"Push to Gitea"',
    says: [
      `the comment (${procedures('Automated Backup Scripts')})`,
      'the command below it is scp to a folder on the forge’s host (the same)',
    ],
    taken: 'A copy to another host, replaced by the store.',
  },
  {
    about: 'What is rebuilt first',
    says: [
      `timmy-config is cloned from the forge (${runbook('step 3')})`,
      `the forge is restored after that (${runbook('step 4')}), and its name moved last (step 8)`,
    ],
    taken:
      'The forge first. What runs from a repository keeps a bundle of it in its own backup, so that it can start before the forge does.',
  },
];
