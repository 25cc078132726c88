/** What a drill asks of a host's services, over SSH: whether each works, and the writes that tell how much came back. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ssh, type SshTarget } from '../../components/ssh';
import { required } from '../../stacks/model/required';

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

/** Lines of fields. */
const tableOf = (stdout: string): string[][] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'));

/** Runs the verification of these services of a host, or of every one, with their synthetic transactions. */
export async function verifyServices(target: SshTarget, names: string[] = []): Promise<Verified[]> {
  const { stdout } = await ssh(target, ['bash -s --', ...names].join(' '), { stdin: VERIFY });
  return tableOf(stdout)
    .map(([code, service = '', said = '']) => ({ service, ok: code === '0', said: said.trim() }))
    .sort((a, b) => a.service.localeCompare(b.service));
}

/** The same, of one service. */
export async function verifyService(target: SshTarget, name: string): Promise<Verified> {
  const [verified] = await verifyServices(target, [name]);
  return required(verified, `what the verification of ${name} said`);
}

/** Kills the main process of a unit, and says how many milliseconds later another one is up and answers; nothing after the bound. */
const HEAL = `
heal() {
  local old begun now
  old="$(systemctl show -p MainPID --value "$2")" begun="$(date +%s%3N)"
  systemctl kill -s KILL --kill-who=main "$2"
  while now="$(date +%s%3N)"; ((now - begun < 300000)); do
    if [[ "$(systemctl show -p ActiveState,MainPID --value "$2" | sort | paste -sd-)" =~ ^([1-9][0-9]*)-active$ && "\${BASH_REMATCH[1]}" != "$old" ]] &&
      { [[ "$3" == - ]] || curl -fsS -o /dev/null --max-time 2 "$3" 2>/dev/null; }; then
      printf '%s\\t%s\\n' "$1" "$(($(date +%s%3N) - begun))"
      return
    fi
    sleep 0.3
  done
}
while (($#)); do heal "$1" "$2" "$3" & shift 3; done
wait
`;

export interface Killed {
  service: string;
  unit: string;
  /** Where it answers, if anywhere. */
  url?: string;
}

/** Kills services where they are; seconds until each is up again by itself, for those that come. */
export async function killServices(target: SshTarget, killed: Killed[]): Promise<Map<string, number>> {
  const words = killed.flatMap(({ service, unit, url }) => [service, unit, url ?? '-']);
  const { stdout } = await ssh(target, ['bash -s --', ...words].join(' '), { stdin: HEAL });
  return new Map(
    tableOf(stdout).map(([service = '', milliseconds]) => [service, Number(milliseconds) / 1000] as const),
  );
}

/** Runs what otherwise runs at its times only: on a fleet that is minutes old those have not come yet. */
export async function runTimed(target: SshTarget, units: string[]): Promise<void> {
  if (units.length) await ssh(target, `systemctl start ${units.join(' ')}`);
}

/** Writes a stamp into every dataset; returns `service/part` of those that acknowledged it. */
export async function writeProbes(
  target: SshTarget,
  stamp: number,
): Promise<{ acknowledged: string[]; refused: string }> {
  const { stdout, stderr } = await ssh(target, `python3 -B - write ${stamp}`, { stdin: PROBE });
  const answer = JSON.parse(stdout) as Record<string, Record<string, boolean>>;
  const acknowledged = Object.entries(answer).flatMap(([service, parts]) =>
    Object.entries(parts).flatMap(([part, ok]) => (ok ? [`${service}/${part}`] : [])),
  );
  return { acknowledged, refused: stderr.trim() };
}

/** The stamps that are there now, by `service/part`. */
export async function readProbes(target: SshTarget): Promise<Map<string, number[]>> {
  const { stdout, stderr, code } = await ssh(target, 'python3 -B - read', { stdin: PROBE });
  if (code !== 0) throw new Error(`what came back of the services cannot be read: ${stderr.trim()}`);
  const answer = JSON.parse(stdout) as Record<string, Record<string, string[]>>;
  return new Map(
    Object.entries(answer).flatMap(([service, parts]) =>
      Object.entries(parts).map(([part, stamps]) => [`${service}/${part}`, stamps.map(Number)] as const),
    ),
  );
}
