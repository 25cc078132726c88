/**
 * Local inference, on loopback only ("Fleet Topology", "Hosts"; "Emergency Procedures", "Scenario 2"). Nothing of it is backed up: models
 * come again from where they came. The watch heals it in place well within its 5 minutes.
 */
import { ollama as artifact } from './artifacts';
import type { Service } from './service';

const HOME = '/var/lib/ollama';
const PORT = 11434;
const WATCH_SECONDS = 60;

export const ollama: Service = {
  plan: (context) => ({
    name: 'ollama',
    kind: 'ollama',
    description: 'Local inference',
    critical: false,
    packages: ['jq', 'zstd'],
    artifacts: [artifact],
    users: [{ name: 'ollama', home: HOME }],
    directories: [],
    files: [
      {
        path: '/etc/fleet/models.json',
        owner: 'root',
        group: 'root',
        mode: '0644',
        content: `${JSON.stringify(context.models)}\n`,
      },
    ],
    units: [
      { name: 'ollama.service', content: service, start: true },
      { name: 'ollama-models.service', content: models, start: false },
      { name: 'ollama-watch.service', content: watch, start: false },
      { name: 'ollama-watch.timer', content: timer, start: true },
    ],
    ports: [{ port: PORT, protocol: 'tcp', scope: 'loopback', purpose: 'inference API' }],
    objectives: context.objectives.inference,
    // qwen3:4b with its context; the models on disk.
    needs: { memoryMiB: 5120, diskGiB: 12 },
    impact: 'Agents have no local inference.',
    dependsOn: [],
    health: { unit: 'ollama.service', url: `http://127.0.0.1:${PORT}/api/version` },
    hooks: ['verify', 'transaction'],
    disposable: [HOME],
  }),
};

const service = `[Unit]
Description=Ollama
After=network.target
StartLimitIntervalSec=0

[Service]
User=ollama
Group=ollama
Environment=HOME=${HOME} OLLAMA_HOST=127.0.0.1:${PORT} OLLAMA_MODELS=${HOME}/models
ExecStart=/usr/local/bin/ollama serve
Restart=always
RestartSec=2
NoNewPrivileges=true
PrivateTmp=true
ProtectSystem=strict
ReadWritePaths=${HOME}

[Install]
WantedBy=multi-user.target
`;

const models = `[Unit]
Description=Models that Ollama must have
After=ollama.service
Requires=ollama.service

[Service]
Type=oneshot
User=ollama
Group=ollama
Environment=HOME=${HOME} OLLAMA_HOST=127.0.0.1:${PORT}
ExecStart=/usr/local/lib/fleet/services/ollama/models
TimeoutStartSec=30min
`;

const watch = `[Unit]
Description=Heals Ollama in place

[Service]
Type=oneshot
ExecStart=/usr/local/lib/fleet/services/ollama/watch
TimeoutStartSec=120
`;

const timer = `[Unit]
Description=Looks after Ollama

[Timer]
OnActiveSec=${WATCH_SECONDS}
OnUnitInactiveSec=${WATCH_SECONDS}
AccuracySec=1

[Install]
WantedBy=timers.target
`;
