/**
 * What the two Nostr relays share ("Fleet Topology", "Hosts" and "Cross-Host Communication"). A relay's own database is no dataset: its events
 * are, written down over the wire as they come in (`<name>-mirror.service`), and sent back over the wire after a restore.
 */
import type { Context } from './context';
import type { ServicePlan, Unit } from './plan';

/** Debian packages of the programs that speak to a relay. */
export const relayPackages = ['python3', 'python3-websockets'];

/** Seconds after an event until its line is in the backup. */
const SETTLE_SECONDS = 5;

/** The journal of a relay's events: its folder, the unit that writes it, and how it is kept. */
export function journal(
  context: Context,
  name: string,
  port: number,
): { home: string; unit: Unit; dataset: NonNullable<ServicePlan['dataset']>; user: { name: string; home: string } } {
  const user = `${name}-mirror`;
  const home = `/var/lib/${user}`;
  return {
    home,
    user: { name: user, home },
    unit: { name: `${name}-mirror.service`, content: mirror(name, user, home, port), start: true },
    dataset: {
      owner: user,
      files: {
        paths: [home],
        exclude: [],
        settleSeconds: SETTLE_SECONDS,
        intervalSeconds: Math.min(600, context.backup.filesIntervalSeconds),
      },
    },
  };
}

const mirror = (name: string, user: string, home: string, port: number) => `[Unit]
Description=Writes down the events of ${name}
After=${name}.service
StartLimitIntervalSec=0

[Service]
User=${user}
Group=${user}
ExecStart=/usr/bin/python3 /usr/local/lib/fleet/services/nostr-relay/mirror.py ws://127.0.0.1:${port} ${home}/events.jsonl
Restart=always
RestartSec=2
NoNewPrivileges=true
PrivateTmp=true
ProtectSystem=strict
ReadWritePaths=${home}

[Install]
WantedBy=multi-user.target
`;
