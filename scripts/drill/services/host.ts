/** What a drill asks of a host's services, over SSH: whether each works, and the writes that tell how much came back. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ssh, type SshTarget } from '../../lib/ssh';

const PROBE = readFileSync(join(__dirname, 'probe.py'), 'utf8');

/** Some at a time: a host that is written to has other work as well. */
const VERIFY = `
{ if (($#)); then printf '%s\\n' "$@"; else ls /etc/fleet/services/*.json | sed -E 's,.*/(.*)\\.json,\\1,'; fi; } |
  xargs -P 3 -I@ sh -c 'said="$(timeout 150 bash /usr/local/lib/fleet/verify @ 2>&1)"; code=$?; printf "%s\\t%s\\t%s\\n" "$code" @ "$(printf "%s" "$said" | tr "\\n\\t" "  " | tail -c 700)"'
`;

export interface Verified {
  service: string;
  ok: boolean;
  /** What its verification said last. */
  said: string;
}

/** Runs the verification of these services of a host, or of every one, with their synthetic transactions. */
export async function verifyServices(target: SshTarget, names: string[] = []): Promise<Verified[]> {
  const { stdout } = await ssh(target, ['bash -s --', ...names].join(' '), { stdin: VERIFY });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [code, service, said = ''] = line.split('\t');
      return { service, ok: code === '0', said: said.trim() };
    })
    .sort((a, b) => a.service.localeCompare(b.service));
}

/** Runs what otherwise runs at its times only: on a fleet that is minutes old those have not come yet. */
export async function runTimed(target: SshTarget, units: string[]): Promise<void> {
  if (units.length) await ssh(target, `systemctl start ${units.join(' ')}`);
}

/** Writes a stamp into every dataset; returns `service/part` of those that acknowledged it. */
export async function writeProbes(target: SshTarget, stamp: number): Promise<{ acknowledged: string[]; refused: string }> {
  const { stdout, stderr } = await ssh(target, `python3 -B - write ${stamp}`, { stdin: PROBE });
  const answer = JSON.parse(stdout) as Record<string, Record<string, boolean>>;
  const acknowledged = Object.entries(answer).flatMap(([service, parts]) => Object.entries(parts).flatMap(([part, ok]) => (ok ? [`${service}/${part}`] : [])));
  return { acknowledged, refused: stderr.trim() };
}

/** The stamps that are there now, by `service/part`. */
export async function readProbes(target: SshTarget): Promise<Map<string, number[]>> {
  const { stdout, stderr, code } = await ssh(target, 'python3 -B - read', { stdin: PROBE });
  if (code !== 0) throw new Error(`what came back of the services cannot be read: ${stderr.trim()}`);
  const answer = JSON.parse(stdout) as Record<string, Record<string, string[]>>;
  return new Map(Object.entries(answer).flatMap(([service, parts]) => Object.entries(parts).map(([part, stamps]) => [`${service}/${part}`, stamps.map(Number)] as const)));
}
