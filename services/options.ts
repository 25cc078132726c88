/**
 * What a document names and the fleet does not run by default. Putting the name into a host's `extraServices` switches it on.
 * Docker: "VPS Recovery Runbook", step 2 ("if applicable"), never on beta. Matrix Conduit: the same. Tailscale: "Emergency Procedures",
 * "Failover Architecture"; the newer "Fleet Topology" wants no mesh between agents.
 */
import { conduit as conduitArtifact, tailscale as tailscaleArtifact } from './artifacts';
import type { Service } from './service';

export const docker: Service = {
  plan: (context) => ({
    name: 'docker',
    kind: 'docker',
    description: 'Docker daemon',
    critical: false,
    packages: ['docker.io'],
    artifacts: [],
    users: [],
    directories: [{ path: '/etc/docker', owner: 'root', group: 'root', mode: '0755' }],
    files: [
      {
        path: '/etc/docker/daemon.json',
        owner: 'root',
        group: 'root',
        mode: '0644',
        content: `${JSON.stringify({ 'live-restore': true, 'log-driver': 'journald' })}\n`,
      },
    ],
    // Debian brings the unit; this one stands for "the daemon is up".
    units: [{ name: 'fleet-docker.service', content: follows('Docker daemon', 'docker.service'), start: true }],
    ports: [],
    objectives: context.objectives.service,
    needs: { memoryMiB: 256, diskGiB: 20 },
    impact: 'Containers of this host do not run.',
    dependsOn: [],
    health: { unit: 'fleet-docker.service' },
    hooks: ['verify'],
  }),
};

const CONDUIT = '/var/lib/matrix-conduit';

export const matrixConduit: Service = {
  plan: (context) => ({
    name: 'matrix-conduit',
    kind: 'matrix-conduit',
    description: 'Matrix Conduit',
    critical: false,
    packages: [],
    artifacts: [conduitArtifact],
    users: [{ name: 'matrix-conduit', home: CONDUIT }],
    directories: [{ path: `${CONDUIT}/database`, owner: 'matrix-conduit', group: 'matrix-conduit', mode: '0750' }],
    files: [
      {
        path: '/etc/fleet/conduit.toml',
        owner: 'root',
        group: 'matrix-conduit',
        mode: '0640',
        content: `[global]\nserver_name = "matrix.${context.zone}"\ndatabase_path = "${CONDUIT}/database"\ndatabase_backend = "sqlite"\naddress = "127.0.0.1"\nport = 6167\nallow_registration = false\nallow_federation = true\n`,
      },
    ],
    units: [{ name: 'matrix-conduit.service', content: conduitUnit, start: true }],
    ports: [{ port: 6167, protocol: 'tcp', scope: 'loopback', purpose: 'Matrix behind the reverse proxy' }],
    dataset: {
      owner: 'matrix-conduit',
      database: { path: `${CONDUIT}/database/conduit.db` },
      files: {
        paths: [CONDUIT],
        exclude: [`${CONDUIT}/database`],
        settleSeconds: 60,
        intervalSeconds: Math.min(600, context.backup.filesIntervalSeconds),
      },
    },
    objectives: context.objectives.service,
    needs: { memoryMiB: 512, diskGiB: 10 },
    impact: 'Matrix is down.',
    site: { label: 'matrix', port: 6167 },
    dependsOn: [],
    health: { unit: 'matrix-conduit.service', url: 'http://127.0.0.1:6167/_matrix/client/versions' },
    hooks: [],
  }),
};

const TAILSCALE = '/var/lib/tailscale';

export const tailscale: Service = {
  plan: (context) => ({
    name: 'tailscale',
    kind: 'tailscale',
    description: 'Tailscale',
    critical: false,
    packages: [],
    artifacts: [tailscaleArtifact],
    users: [],
    directories: [{ path: TAILSCALE, owner: 'root', group: 'root', mode: '0700' }],
    files: [
      {
        path: '/etc/fleet/secrets/tailscale',
        owner: 'root',
        group: 'root',
        mode: '0600',
        content: '{{secret:tailscaleAuthKey}}\n',
      },
    ],
    units: [{ name: 'tailscaled.service', content: tailscaleUnit, start: true }],
    ports: [{ port: 41641, protocol: 'udp', scope: 'public', purpose: 'Tailscale' }],
    objectives: context.objectives.service,
    needs: { memoryMiB: 128, diskGiB: 1 },
    impact: 'The mesh does not reach this host; its public names still do.',
    dependsOn: [],
    health: { unit: 'tailscaled.service' },
    hooks: ['verify'],
  }),
  secrets: [{ key: 'tailscaleAuthKey', purpose: 'key with which a host joins the mesh', generate: 'ask' }],
};

const follows = (description: string, unit: string) => `[Unit]
Description=${description}
Requires=${unit}
After=${unit}
PartOf=${unit}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true

[Install]
WantedBy=multi-user.target
`;

const conduitUnit = `[Unit]
Description=Matrix Conduit
After=network.target

[Service]
User=matrix-conduit
Group=matrix-conduit
Environment=CONDUIT_CONFIG=/etc/fleet/conduit.toml
ExecStart=/usr/local/bin/matrix-conduit
Restart=always
RestartSec=2
NoNewPrivileges=true
PrivateTmp=true
ProtectSystem=strict
ReadWritePaths=${CONDUIT}

[Install]
WantedBy=multi-user.target
`;

const tailscaleUnit = `[Unit]
Description=Tailscale
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
ExecStart=/usr/local/bin/tailscaled --state=${TAILSCALE}/state --socket=/run/tailscale/tailscaled.sock --port=41641
ExecStartPost=/usr/local/bin/tailscale up --auth-key=file:/etc/fleet/secrets/tailscale
RuntimeDirectory=tailscale
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`;
