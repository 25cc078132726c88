/**
 * Messages between child and father ("Emergency Procedures", "Scenario 4", "Communication", "Distress signal"): one JSON document a
 * message, dropped into an outbox, told to the channels its severity asks for, and told again at its deadline if nobody resolved it.
 * Telegram is off without its token and chat; an issue on the forge and the journal remain.
 */
import type { Service } from './service';

const HOME = '/var/lib/distress';

export const distress: Service = {
  plan: (context) => ({
    name: 'distress',
    kind: 'distress',
    description: 'Distress signals and father messages',
    critical: false,
    packages: ['python3'],
    artifacts: [],
    users: [{ name: 'distress', home: HOME }],
    directories: [
      { path: HOME, owner: 'distress', group: 'distress', mode: '0755' },
      // Everyone may drop a message, nobody may read or take away another's.
      { path: `${HOME}/outbox`, owner: 'distress', group: 'distress', mode: '1733' },
      ...['open', 'resolved', 'rejected'].map((folder) => ({
        path: `${HOME}/${folder}`,
        owner: 'distress',
        group: 'distress',
        mode: '0755',
      })),
    ],
    files: [
      {
        path: '/etc/fleet/secrets/distress.json',
        owner: 'root',
        group: 'distress',
        mode: '0640',
        content: `${JSON.stringify({
          home: HOME,
          host: context.host.name,
          forge: {
            url: context.forgeUrl,
            isHere: context.forgeIsHere,
            repository: context.forge.signals,
            tokenFile: '/var/lib/api-token/token',
          },
          telegram: { chat: context.telegramChat ?? '', token: '{{secret:telegramBotToken}}' },
        })}\n`,
      },
    ],
    units: [
      { name: 'distress.service', content: service, start: false },
      { name: 'distress.path', content: path, start: true },
      { name: 'distress.timer', content: timer, start: true },
    ],
    ports: [],
    dataset: {
      owner: 'distress',
      files: {
        paths: [HOME],
        exclude: [],
        settleSeconds: 5,
        intervalSeconds: Math.min(600, context.backup.filesIntervalSeconds),
      },
    },
    objectives: context.objectives.agent,
    needs: { memoryMiB: 64, diskGiB: 1 },
    impact: 'Distress signals of this host reach nobody.',
    dependsOn: [],
    health: { unit: 'distress.path' },
    hooks: ['verify'],
  }),
  secrets: [
    {
      key: 'telegramBotToken',
      purpose: 'token of the Telegram bot that alarms; off without it',
      generate: 'ask',
      optional: true,
    },
  ],
};

const service = `[Unit]
Description=Tells distress signals to whom they concern
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=/usr/bin/python3 /usr/local/lib/fleet/services/distress/tell.py
TimeoutStartSec=120
`;

const path = `[Unit]
Description=Outbox of distress signals

# Not PathChanged: what comes in while the service runs would wait for the timer.
[Path]
PathExistsGlob=${HOME}/outbox/*.json
TriggerLimitIntervalSec=60
TriggerLimitBurst=30

[Install]
WantedBy=multi-user.target
`;

const timer = `[Unit]
Description=Deadlines of distress signals

[Timer]
OnActiveSec=60
OnUnitInactiveSec=60
AccuracySec=1

[Install]
WantedBy=timers.target
`;
