/** The fleet's host, as whoever is logged in there sees it. */
import { ssh, type SshTarget } from '../../components/ssh';
import { EXIT } from '../../scripts/lib/errors';
import type { ServicePlan } from '../../services';
import type { Place, Said } from './shell';
import { required } from '../../stacks/model/required';

/** A login on the host that the public name leads to now. Nothing stays between two commands. */
export class HostShell implements Place {
  constructor(private readonly target: () => Promise<SshTarget>) {}

  async run(command: string): Promise<Said> {
    const { code, stdout, stderr } = await ssh(await this.target(), command);
    return { code: code ?? EXIT.failed, output: `${stdout}${stderr}` };
  }
}

/** Where README's "Moving in" has what was copied from an old host. */
const OLD = '/root/old';

/** Copies a forge to where the data of an old one is expected: what it holds at this moment is the old forge's. */
export function copyAsOld(plan: ServicePlan): string {
  return [
    `rm -rf ${OLD} && mkdir -p ${OLD}`,
    `sqlite3 -bail ${required(plan.dataset?.database, 'a database of the forge').path} ".backup '${OLD}/gitea.db'"`,
    `cp -r ${required(plan.dataset?.repositories, 'repositories of the forge').root} ${OLD}/repositories`,
    // A forge of today has nothing of its own there.
    `mkdir -p ${OLD}/custom/public && printf 'User-agent: *\\n' >${OLD}/custom/public/robots.txt`,
  ].join(' && ');
}
