/** How the data is had without any script of this repository. */
import type { Dataset, ServicePlan } from '../../services/plan';
import { placed, type DocumentedFleet } from './fleet';
import { code, list } from './markdown';

export function plainTools(fleet: DocumentedFleet): string {
  const all = placed(fleet);
  const [database, repositories, files] = (['database', 'repositories', 'files'] as const).map((part) =>
    all.find(({ plan }) => plan.dataset?.[part]),
  );
  return [
    'For looking into a backup, or for the day on which nothing else works. Needed: `rclone`, `age`, `restic`, `litestream` 0.3.13, and from the stack’s file the store’s administrator key, `backupIdentity` and `resticPassword`. Objects are `<incarnation>/<service>/<part>/…` in the bucket of the host; the incarnation is the id of the machine that wrote them, and the one to take is the newest that has a `complete.json` for the service.',
    code(
      [
        'export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… RESTIC_PASSWORD=…',
        'export STORE=https://store.example.org BUCKET="<prefix>-<stack>-<host>"',
        'export RCLONE_CONFIG_STORE_TYPE=s3 RCLONE_CONFIG_STORE_PROVIDER=Other RCLONE_CONFIG_STORE_ENV_AUTH=true RCLONE_CONFIG_STORE_ENDPOINT=$STORE',
        'rclone lsf -R --include "/*/*/complete.json" --format tp store:$BUCKET | sort        # newest last',
        'export INC="<incarnation>"',
        ...(files ? filesOf(files.plan) : []),
        ...(database?.plan.dataset?.database ? databaseOf(database.plan, database.plan.dataset.database) : []),
        ...(repositories ? repositoriesOf(repositories.plan) : []),
      ].join('\n'),
      'sh',
    ),
    list([
      'A database is whole when `sqlite3 <file> "PRAGMA integrity_check;"` says `ok`, a repository when `git fsck` is silent.',
      'What a service’s own files hold (configuration, units) is not in its backup: `bin/fleet input <host>-<service>-install` prints it.',
    ]),
  ].join('\n\n');
}

const filesOf = ({ name }: ServicePlan): string[] => [
  '',
  `# files, such as those of ${name}`,
  `restic -o s3.bucket-lookup=path -r s3:$STORE/$BUCKET/$INC/${name}/files restore latest --no-lock --target ./${name}-files        # with a copy of the database of then, fleet-database, if there is one; "restic snapshots" lists earlier moments`,
];

const databaseOf = ({ name }: ServicePlan, { path }: NonNullable<Dataset['database']>): string[] => [
  '',
  `# a database, such as that of ${name}; identity.txt holds backupIdentity`,
  `export DB=$(rclone lsf --dirs-only store:$BUCKET/$INC/${name}/database | tail -n 1)        # one an hour; where it has no snapshot yet, the one before`,
  `jq -n --rawfile identity identity.txt '{dbs: [{path: "${path}", replicas: [{type: "s3", bucket: env.BUCKET, path: (env.INC + "/${name}/database/" + env.DB), endpoint: env.STORE, "force-path-style": true, age: {identities: [$identity | rtrimstr("\\n")]}}]}]}' >litestream.yml`,
  `litestream restore -config litestream.yml -no-expand-env -o ./${path.split('/').at(-1)} ${path}`,
];

const repositoriesOf = ({ name }: ServicePlan): string[] => [
  '',
  `# one repository of ${name}: every entry after the newest that says it is gone, in their order`,
  'KEY="<owner>__<name>"',
  `rclone copy store:$BUCKET/$INC/${name}/repositories/$KEY ./$KEY`,
  'git init -q --bare ./repository.git',
  `ls $KEY | awk '/-gone-/ {all = ""; next} {all = all $0 "\\n"} END {printf "%s", all}' | while read -r entry; do age -d -i identity.txt $KEY/$entry | tar -x -C ./repository.git; done`,
];
