/** Everything that was acknowledged against everything that came back. */
import { collect } from '../compare/collect';
import { compare as compareFacts, lossSeconds } from '../compare/compare';
import { need, type Drill } from '../context';
import { Facts, type DatasetName } from '../seed/facts';

const DATASETS: DatasetName[] = ['gitea/database', 'gitea/repositories', 'gitea/files'];

export async function compare(drill: Drill): Promise<void> {
  const account = need(drill.account, 'the account');
  const writer = need(drill.writer, 'the writer');
  const { record } = drill;
  await writer.stop();
  const { found, problems } = await collect(need(drill.forge, 'the forge'), account, (note) => drill.progress.waiting(note));
  for (const problem of problems) record.check('reading back', false, problem);
  const seeded = compareFacts(account.facts, withoutHookIssues(found, account.facts));
  record.checks.push(...seeded.checks);

  drill.progress.waiting('the writes up to the fault');
  const late = await writer.collect();
  const written = compareFacts(writer.facts, onlyAcknowledged(late, writer.facts));
  const expected = merged(account.facts, writer.facts);
  const lost = [...seeded.lost, ...written.lost];
  record.writes = { acknowledged: expected.list().length, recovered: seeded.recovered + written.recovered, lost };
  record.check('writes up to the fault', true, `${written.recovered} of ${written.acknowledged} recovered; RPO judges the rest`);
  record.rpo = DATASETS.map((dataset) => ({ dataset, seconds: lossSeconds(expected, lost, dataset) }));
}

/** The verification opened an issue of its own to make the webhook fire. */
function withoutHookIssues(found: Facts, expected: Facts): Facts {
  const kept = new Facts();
  for (const fact of found.list()) {
    const repository = fact.id.split(/[#@ ]/)[0];
    const made = fact.kind === 'issue' && !expected.get('issue', fact.id) && expected.list('webhook').some((hook) => hook.id.startsWith(`${repository}/`));
    if (!made) kept.add(fact.kind, fact.id, fact.value, fact.at);
  }
  return kept;
}

/** What was in flight when the host died may have come back: that is no invention. */
function onlyAcknowledged(found: Facts, acknowledged: Facts): Facts {
  const kept = new Facts();
  for (const fact of found.list()) if (acknowledged.get(fact.kind, fact.id)) kept.add(fact.kind, fact.id, fact.value, fact.at);
  return kept;
}

function merged(...sets: Facts[]): Facts {
  const all = new Facts();
  for (const facts of sets) for (const fact of facts.list()) all.add(fact.kind, fact.id, fact.value, fact.at);
  return all;
}
