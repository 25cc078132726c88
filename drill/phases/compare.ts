/** Everything that was acknowledged against everything that came back. */
import { readBack } from '../compare/read-back';
import { acknowledgedOf, compare as compareFacts, lossSeconds } from '../compare/compare';
import { logAround, writeChecks } from '../compare/write-checks';
import { datasetOfWrite, figuresOf, judgeWrites, lossOf } from '../compare/writes';
import { dataOf } from '../volume';
import { Facts, type DatasetName } from '../seed/facts';
import type { Struck } from './fault';

const DATASETS: DatasetName[] = ['gitea/database', 'gitea/repositories', 'gitea/files'];

export async function compare(drill: Struck): Promise<void> {
  const { account, load, strike, record } = drill;
  await load.stop();
  const forge = await readBack(drill);
  const seeded = compareFacts(account.facts, withoutHookIssues(forge, account.facts));
  record.checks.push(...seeded.checks);

  drill.progress.waiting('the load’s writes');
  const found = await load.collect();
  const judged = judgeWrites(load.writes, found, strike);
  const figures = figuresOf(load.writes, load.startedAt ?? strike.at, strike.at);
  const lost = [...seeded.lost, ...judged.lost.map((write) => lossOf(write, found))];
  const { fault } = drill.options;
  record.checks.push(
    ...writeChecks(judged, figures, strike).filter(
      ({ name }) => !(fault?.disturbsLoad && name.startsWith('writes in flight')),
    ),
  );
  record.writes = {
    acknowledged: seeded.acknowledged + judged.acknowledged.length,
    recovered: seeded.recovered + judged.recovered,
    lost,
    invented: judged.invented.length,
    load: figures,
    log: logAround(judged, strike),
  };
  // Only what the old host may have acknowledged: what was sent later says nothing of how far behind the backups were.
  const acknowledged = [
    ...acknowledgedOf(account.facts).filter(({ at }) => at <= strike.struckAt),
    ...judged.acknowledged
      .filter(({ sentAt }) => sentAt <= strike.struckAt)
      .map((write) => ({ dataset: datasetOfWrite(write), at: write.acknowledgedAt })),
  ];
  record.rpo = DATASETS.map((dataset) => ({ dataset, seconds: lossSeconds(acknowledged, lost, dataset) }));
  record.bytes = await dataOf(drill);
}

/** The verification opened an issue of its own to make the webhook fire. */
function withoutHookIssues(found: Facts, expected: Facts): Facts {
  const kept = new Facts();
  for (const fact of found.list()) {
    const repository = fact.id.split(/[#@ ]/)[0];
    const made =
      fact.kind === 'issue' &&
      !expected.get('issue', fact.id) &&
      expected.list('webhook').some((hook) => hook.id.startsWith(`${repository}/`));
    if (!made) kept.add(fact.kind, fact.id, fact.value, fact.at);
  }
  return kept;
}
