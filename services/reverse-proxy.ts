/** TLS in front of the loopback services. Certificates are part of the dataset, so that a rebuild restores instead of issuing them. */
import type { Context } from './context';
import type { ServicePlan } from './plan';
import { caddy } from './artifacts';
import { publicName } from './names';
import type { Service } from './service';

const HOME = '/var/lib/caddy';

function plan(context: Context): ServicePlan {
  return {
    name: 'reverse-proxy',
    kind: 'reverse-proxy',
    description: 'TLS for the public names',
    critical: true,
    packages: [],
    artifacts: [caddy],
    users: [{ name: 'caddy', home: HOME }],
    directories: [{ path: '/etc/caddy', owner: 'root', group: 'caddy', mode: '0750' }],
    files: [{ path: '/etc/caddy/Caddyfile', owner: 'root', group: 'caddy', mode: '0640', content: caddyfile(context) }],
    units: [{ name: 'caddy.service', content: unit, start: true }],
    ports: [
      { port: 443, protocol: 'tcp', scope: 'public', purpose: 'HTTPS' },
      { port: 80, protocol: 'tcp', scope: 'public', purpose: 'redirect to HTTPS' },
    ],
    dataset: {
      owner: 'caddy',
      files: { paths: [HOME], exclude: [], settleSeconds: 5, intervalSeconds: context.backup.filesIntervalSeconds },
    },
    objectives: context.objectives.proxy,
    needs: { memoryMiB: 128, diskGiB: 1 },
    dependsOn: [],
    health: { unit: 'caddy.service' },
    hooks: ['verify'],
  };
}

export const reverseProxy: Service = { plan };

function caddyfile(context: Context): string {
  const tls = context.certificates === 'internal' ? '\ttls internal\n' : '';
  // A name that no service claims leads to the forge.
  const upstream = (name: string) => context.sites.find((site) => publicName(site.label, context.zone) === name)?.port ?? 3000;
  const site = (name: string) => `${name} {\n${tls}\treverse_proxy 127.0.0.1:${upstream(name)}\n}\n`;
  const global = `{\n\tstorage file_system ${HOME}\n\tadmin off\n\tskip_install_trust\n}\n`;
  return global + context.publicNames.map(site).join('');
}

const unit = `[Unit]
Description=Caddy reverse proxy
After=network.target

[Service]
User=caddy
Group=caddy
ExecStart=/usr/local/bin/caddy run --config /etc/caddy/Caddyfile --adapter caddyfile
Restart=on-failure
RestartSec=2
AmbientCapabilities=CAP_NET_BIND_SERVICE
NoNewPrivileges=true
PrivateTmp=true
ProtectSystem=strict
ReadWritePaths=${HOME}
Environment=HOME=${HOME} XDG_DATA_HOME=${HOME} XDG_CONFIG_HOME=${HOME}

[Install]
WantedBy=multi-user.target
`;
