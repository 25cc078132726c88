/**
 * TLS in front of the loopback services. Certificates are part of the dataset, so that a rebuild restores instead of ordering them. One that
 * cannot be restored, or ran out, can only be ordered once the name leads to the host: until then Caddy serves one of its own.
 *
 * Caddy orders at Let's Encrypt alone: it would ask ZeroSSL too only if it were given an e-mail address (caddy 2.11.7,
 * modules/caddytls/automation.go, DefaultIssuers). After a failure it tries Let's Encrypt's staging first (certmagic 0.25.6, acmeissuer.go),
 * so that what fails again and again costs none of the five failed validations an hour that a name has.
 */
import type { Context } from './context';
import type { ServicePlan, Unit } from './plan';
import { caddy } from './artifacts';
import { publicName } from '../stacks/model/names';
import type { Service } from './service';

const HOME = '/var/lib/caddy';
/** What Caddy imports for a name whose certificate it may order; see host/services/reverse-proxy/common.sh. */
export const ORDERED = '/etc/caddy/ordered';
const SOCKET = '/run/caddy/admin.sock';

function plan(context: Context): ServicePlan {
  const orders = context.certificates === 'acme';
  return {
    name: 'reverse-proxy',
    kind: 'reverse-proxy',
    description: 'TLS for the public names',
    critical: true,
    packages: [],
    artifacts: [caddy],
    users: [{ name: 'caddy', home: HOME }],
    directories: [
      { path: '/etc/caddy', owner: 'root', group: 'caddy', mode: '0750' },
      ...(orders ? [{ path: ORDERED, owner: 'root', group: 'caddy', mode: '0750' }] : []),
    ],
    files: [{ path: '/etc/caddy/Caddyfile', owner: 'root', group: 'caddy', mode: '0640', content: caddyfile(context) }],
    units: [{ name: 'caddy.service', content: unit, start: true }, ...(orders ? LOOK : [])],
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
    hooks: ['verify', ...(orders ? (['reconcile', 'certificates'] as const) : [])],
  };
}

export const reverseProxy: Service = { plan };

function caddyfile(context: Context): string {
  const orders = context.certificates === 'acme';
  // A name that no service claims leads to the forge.
  const upstream = (name: string) =>
    context.sites.find((site) => publicName(site.label, context.zone) === name)?.port ?? 3000;
  const site = (name: string) =>
    `${name} {\n\t${orders ? `import ${ORDERED}/${name}/*` : 'tls internal'}\n\treverse_proxy 127.0.0.1:${upstream(name)}\n}\n`;
  // Caddy takes a wildcard's certificate for every name below it that it has none for, and orders none for such a name unless it is told to.
  const wildcards = [...new Set(context.publicNames.map((name) => name.replace(/^[^.]+/, '*')))];
  const standIn = `${wildcards.join(', ')} {\n\ttls internal\n\tabort\n}\n`;
  const global = `{\n\tstorage file_system ${HOME}\n\tadmin unix/${SOCKET}\n\tpersist_config off\n\tskip_install_trust\n}\n`;
  return global + (orders && wildcards.length ? standIn : '') + context.publicNames.map(site).join('');
}

const unit = `[Unit]
Description=Caddy reverse proxy
After=network.target

[Service]
User=caddy
Group=caddy
ExecStart=/usr/local/bin/caddy run --config /etc/caddy/Caddyfile --adapter caddyfile
ExecReload=/usr/local/bin/caddy reload --config /etc/caddy/Caddyfile --adapter caddyfile
RuntimeDirectory=caddy
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

/** Looks every minute, while a name is pending, whether its certificate has come. */
const LOOK: Unit[] = [
  {
    name: 'caddy-certificates.service',
    start: false,
    content: `[Unit]
Description=Looks whether the certificates that are waited for have come

[Service]
Type=oneshot
ExecStart=/usr/local/lib/fleet/certificates reverse-proxy --look
`,
  },
  {
    name: 'caddy-certificates.timer',
    start: false,
    content: `[Unit]
Description=Certificates that are waited for, every minute

[Timer]
OnActiveSec=60
OnUnitInactiveSec=60
AccuracySec=1

[Install]
WantedBy=timers.target
`,
  },
];
