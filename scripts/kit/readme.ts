/** The text of a kit's README: for somebody at 3 a.m. who has this folder and nothing else. */
import { pulumiInstall } from '../../stacks/outside/addresses';
import { nodeJs, pulumiCli } from '../../stacks/outside/versions';
import { required } from '../../stacks/model/required';
import type { KitManifest } from './manifest';

export interface KitText {
  madeAt: Date;
  commit: string;
  stacks: KitManifest['stacks'];
  /** Of the first stack, with what their `rebuild` values are. */
  hosts: Array<{ host: string; rebuild: number }>;
}

export function kitReadme({ madeAt, commit, stacks, hosts }: KitText): string {
  const first = required(stacks[0], 'a stack of the kit').stack;
  const { host, rebuild } = required(hosts[0], `a host of ${first}`);
  return `# Recovery kit of ${stacks.map(({ stack }) => stack).join(' and ')}

Made ${madeAt.toISOString()} from commit ${commit}. Everything here opens the fleet: keep the folder on this machine only, and delete it afterwards.

## The host is dead

On any machine with bash, git, Node.js ${nodeJs.value} or newer with npm, and the official Pulumi CLI ${pulumiCli.value} or newer (${pulumiInstall.value}):

<!-- letter: rebuild from the kit; sees: done: up -->

    ./rebuild ${first}

It clones the program out of program.bundle, installs its packages (npm registry) and runs \`pulumi up --refresh\`, which lists everything that
is wrong and touches nothing, or brings the host back with its data. It was interrupted: run it again. Nothing is fetched from the fleet's own forge.

The host is still listed, but hung, off, partitioned or compromised: raise its value, by the name of the host, to one more than it is
(${hosts.map((one) => `${one.host}: ${one.rebuild}`).join(', ')}).

<!-- letter: raise in the kit; after: the host hangs; sees: ${host}-protect -->

    source ./environment && cd program
    pulumi config set --path 'fleet:rebuild.${host}' ${rebuild + 1} --stack ${first}
    pulumi up --refresh --stack ${first}

(\`program\` is there once ./rebuild has run; \`git clone program.bundle program && cp stacks/* program/\` makes it too.)

## What is here

| file | what |
|---|---|
| rebuild | the command above |
| environment | tokens of the clouds, and where state and passphrase are; \`source\` it to use pulumi by hand |
| passphrase | opens the secrets in stacks/ and state/ |
| program.bundle | the program with its history, as a git bundle |
| stacks/ | settings of each stack, secrets encrypted: keys of hosts, backups and the store's administrator |
| state/ | what the engine knew of each stack when the kit was made |
| kit.json | when, from what, and the checksum of each file |

The state is of ${stacks.map(({ stack, stateAt, stateFrom }) => `${stateAt} (${stack}, from ${stateFrom})`).join(' and ')}. If that place can still be reached, take
its state instead: PULUMI_BACKEND_URL. With the older one a host that was rebuilt since is found by its tag, powered off and left for you to delete.
A token that has run out is replaced in environment. The backups are in the store, which no kit can hold.

Afterwards, from the program's folder: \`bin/fleet status --stack ${first}\`, then a new kit, because this one's state is old now.
`;
}
