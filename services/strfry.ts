/** The public Nostr relay on port 7777 ("Fleet Topology", "Hosts"). Nobody publishes a binary of strfry: it is built on the host. */
import { strfry as artifact } from './artifacts';
import { journal, relayPackages } from './relay';
import type { Service } from './service';

const HOME = '/var/lib/strfry';
const PORT = 7777;

export const strfry: Service = {
  plan: (context) => {
    const { home, unit, dataset, user } = journal(context, 'strfry', PORT);
    return {
      name: 'strfry',
      kind: 'nostr-relay',
      description: 'Nostr relay strfry',
      critical: false,
      packages: relayPackages,
      artifacts: [artifact],
      users: [{ name: 'strfry', home: HOME }, user],
      directories: [
        { path: `${HOME}/database`, owner: 'strfry', group: 'strfry', mode: '0750' },
        { path: home, owner: user.name, group: user.name, mode: '0750' },
      ],
      files: [
        {
          path: '/etc/strfry.conf',
          owner: 'root',
          group: 'strfry',
          mode: '0640',
          content: configuration(context.fleet),
        },
      ],
      units: [{ name: 'strfry.service', content: service, start: true }, unit],
      ports: [{ port: PORT, protocol: 'tcp', scope: 'public', purpose: 'Nostr relay (WebSocket)' }],
      dataset,
      disposable: [HOME],
      objectives: context.objectives.service,
      needs: { memoryMiB: 512, diskGiB: 10 },
      impact: 'The public Nostr relay is on one host: without it nobody reads or publishes there.',
      dependsOn: [],
      health: { unit: 'strfry.service', url: `http://127.0.0.1:${PORT}/` },
      hooks: ['import', 'verify', 'transaction'],
    };
  },
};

// Old events are taken too: a restore sends them all again.
const configuration = (fleet: string) => `db = "${HOME}/database/"

events {
    rejectEventsOlderThanSeconds = 3153600000
}

relay {
    bind = "0.0.0.0"
    port = ${PORT}
    nofiles = 65536
    info {
        name = "${fleet}"
    }
    maxFilterLimit = 500
}
`;

const service = `[Unit]
Description=strfry, a Nostr relay
After=network.target
StartLimitIntervalSec=0

[Service]
User=strfry
Group=strfry
WorkingDirectory=${HOME}
ExecStart=/usr/local/bin/strfry --config=/etc/strfry.conf relay
Restart=always
RestartSec=2
LimitNOFILE=65536
NoNewPrivileges=true
PrivateTmp=true
ProtectSystem=strict
ReadWritePaths=${HOME}

[Install]
WantedBy=multi-user.target
`;
