/** What the program asks an aged store, in a process of its own, so that its memory is its own: `ask.ts QUESTION-AS-JSON`. Prints what it took as JSON. */
import type { S3Client } from '@aws-sdk/client-s3';
import { checkRestorePoints } from '../../../components/preflight/restore-point';
import { planOf } from '../../../components/store/choice';
import { withStore } from '../../../components/store/client';
import { incarnationsOf } from '../../../components/store/restore-points';
import { standInSettings } from '../../../scripts/docs/fleet';
import { isWell, statusIn } from '../../../scripts/status/status';
import { plansOf } from '../../../services';
import { bucketOf } from '../../../stacks/model/names';
import { required } from '../../../stacks/model/required';
import { declarationOf } from './declared';
import type { Answer, Question } from './question';

interface Listed {
  Contents?: unknown[];
  Versions?: unknown[];
  DeleteMarkers?: unknown[];
  CommonPrefixes?: unknown[];
}

/** Counts from here on what a client asks. */
function counted(client: S3Client): Omit<Answer, 'seconds' | 'fetched'> {
  const counts = { requests: 0, listed: 0 };
  client.middlewareStack.add((next) => async (args) => {
    counts.requests++;
    const answer = await next(args);
    const { Contents, Versions, DeleteMarkers, CommonPrefixes } = answer.output as Listed;
    for (const entries of [Contents, Versions, DeleteMarkers, CommonPrefixes]) counts.listed += entries?.length ?? 0;
    return answer;
  });
  return counts;
}

async function answerTo({ asked, access, keys }: Question): Promise<Answer> {
  const declaration = declarationOf();
  const [host] = declaration.hosts;
  const settings = { ...standInSettings('bench.test'), store: { ...access, bucketPrefix: 'backups' } };
  const bucket = bucketOf(settings.store.bucketPrefix, declaration, required(host, 'a host').name);
  const plans = plansOf(declaration, required(host, 'a host'), settings);
  const service = required(
    plans.find(({ dataset }) => dataset),
    'a service with data',
  );
  return withStore(access, async (client) => {
    const counts = counted(client);
    const began = performance.now();
    let fetched = 0;
    if (asked === 'preflight') {
      const args = {
        client,
        bucket,
        ...keys,
        host: required(host, 'a host'),
        keep: declaration.backup.keep,
        plans,
        bootstrap: false,
      };
      const problems = await checkRestorePoints(args, await incarnationsOf(client, bucket));
      if (problems.length) throw new Error(problems.join('; '));
    } else if (asked === 'restore') {
      const source = { client, bucket, host: required(host, 'a host').name, keep: declaration.backup.keep };
      const { plan } = await planOf(source, keys.identity, service);
      // What one snapshot needs of the data of a repository of files is not told by its plan; a host fetches that of it.
      const objects = Object.values(plan.parts).flatMap((part) => part.objects);
      fetched = objects.filter(({ key }) => !/\/files\/data\//.test(key)).length;
    } else {
      const status = await statusIn({ declaration, settings, client }, Date.now());
      if (status.datasets.some(({ newest }) => newest === null) || isWell(status))
        throw new Error(`the status is not that of a store whose host is silent: ${JSON.stringify(status)}`);
    }
    return { ...counts, fetched, seconds: (performance.now() - began) / 1000 };
  });
}

void answerTo(JSON.parse(process.argv[2] ?? '') as Question).then(
  (answer) => {
    process.stdout.write(`${JSON.stringify(answer)}\n`);
    process.exit(0);
  },
  (error) => {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  },
);
