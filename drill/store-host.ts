/** The stack that is a store, in a drill: made on the drill's cloud, looked at from its own hosts. */
import { STORE_STATE } from '../services/store';
import { fleets } from '../stacks';
import { rehearsalName } from '../stacks/model/rehearsal';
import { required } from '../stacks/model/required';
import { publicName } from '../stacks/model/names';
import { NAMESPACE } from '../stacks/model/settings';
import { declarationOf } from '../scripts/init/init';
import { ssh, type SshResult, type SshTarget } from '../components/ssh';
import { BUCKET_PREFIX } from './clouds/cloud';
import type { OnCloud, Stack } from './context';
import { makeStack, targetOf } from './phases/create';
import { settingsFile } from './settings';

/** A stack that is a store. `hostName` is its first site. */
export interface StoreStack extends Stack {
  /** SSH to either site, through the address that its name leads to. */
  readonly sites: { first: SshTarget; second: SshTarget };
}

/** Makes both sites from nothing. */
export async function makeStore(drill: OnCloud): Promise<StoreStack> {
  const [fleet] = fleets;
  const declaration = declarationOf(rehearsalName(required(fleet.store, `a store of fleet ${fleet.name}`).stack));
  const [first, second] = (['serves', 'copies'] as const).map((store) =>
    required(
      declaration.hosts.find(({ role }) => role.store === store),
      `a host that ${store} the store`,
    ),
  );
  const label = required(first?.publicNames[0], 'a public name of the store');
  const { zone, store } = drill.cloud;
  const { stack, outputs } = await makeStack(drill, declaration, (file) =>
    file.setPlain(`${NAMESPACE}:store`, {
      endpoint: `https://${publicName(label, zone.name)}`,
      region: store.region,
      bucketPrefix: BUCKET_PREFIX,
    }),
  );
  const hosts = outputs.hosts as Record<string, { entrance: string }>;
  const file = await settingsFile({ stack });
  const target = (name = ''): SshTarget => targetOf(file, name, required(hosts[name], `host ${name}`).entrance);
  const sites = { first: target(first?.name), second: target(second?.name) };
  return { ...drill, declaration, hostName: first?.name ?? '', stack, sshTarget: sites.first, sites };
}

/** Runs a command on a site; throws with what it said where it fails. */
export async function onSite(site: SshTarget, command: string, stdin?: string): Promise<SshResult> {
  const done = await ssh(site, command, { stdin });
  if (done.code !== 0) throw new Error(`${command.split('\n')[0]} ended with ${done.code}: ${done.stderr.trim()}`);
  return done;
}

/** Every file and folder that a site keeps, with the sum of its content and its attributes, a line each. */
export async function contentsOf(site: SshTarget): Promise<string> {
  return (await onSite(site, 'python3 -', CONTENTS)).stdout.trim();
}

const CONTENTS = `import hashlib, os
top = "${STORE_STATE}"
for name in ("accounts", "buckets", "versions"):
    for root, folders, files in os.walk(os.path.join(top, name)):
        folders[:] = sorted(one for one in folders if one not in (".sgwtmp", ".vgwlocks"))
        # A bucket has attributes too; folders between it and an object come and go.
        for path in [root, *(os.path.join(root, one) for one in sorted(files))]:
            known = {one: os.getxattr(path, one).hex() for one in sorted(os.listxattr(path))}
            if os.path.isdir(path) and not known:
                continue
            content = "" if os.path.isdir(path) else hashlib.sha256(open(path, "rb").read()).hexdigest()
            print(os.path.relpath(path, top), content, hashlib.sha256(repr(known).encode()).hexdigest()[:16])
`;
