import type { Evidence } from '../../scripts/verify/evidence';
import { evidenceOf, keep } from '../../scripts/verify/verify';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { planFile } from '../../components/restores';
import { ensureBucket } from '../../components/store/admin';
import { storeClient } from '../../components/store/client';
import { lockedUntil } from '../../components/store/lock';
import { listPoints, readPoint } from '../../components/store/points';
import { TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/tools';
import { declarations } from '../../stacks';
import { startStore } from '../components/store';

const steps = ['isolate', 'gitea-restore', 'gitea-check', 'gitea-verify', 'reverse-proxy-verify'];
const outcome = (change: { without?: string; failure?: string; restored?: Evidence['restored'] } = {}) => ({
  startedAt: '2026-01-01T00:00:00.000Z',
  engine: 'embedded engine',
  done: new Set(steps.filter((step) => step !== change.without).map((step) => `Command alpha-${step}`)),
  failure: change.failure,
  restored: change.restored ?? [
    { service: 'gitea', restoredFrom: '1001', at: '2026-01-01T00:00:00Z', parts: {} },
    { service: 'reverse-proxy', restoredFrom: null, at: null },
  ],
});
const judged = (change: Parameters<typeof outcome>[0]) => evidenceOf('alpha', 'alpha', outcome(change));

test('evidence says what was restored, to which moment, and what was tried', () => {
  const evidence = judged({});
  expect(evidence.ok).toBe(true);
  expect(evidence.restored[0]).toMatchObject({ service: 'gitea', restoredFrom: '1001', at: '2026-01-01T00:00:00Z' });
  expect(evidence.checks.map(({ name }) => name)).toEqual([
    'nothing leaves the scratch host',
    'gitea: restored',
    'gitea: data whole',
    'gitea: works',
    'reverse-proxy: works',
    'every step of the proof',
  ]);
});

test.each([
  ['a host that was not closed', { without: 'isolate' }],
  ['a service that does not work', { without: 'gitea-verify' }],
  ['a step that failed', { failure: 'gitea-check: not whole' }],
  ['a proof that restored nothing', { restored: [] }],
])('%s proves nothing', (_what, change) => {
  expect(judged(change).ok).toBe(false);
});

test(
  'what was restored is kept by the plans that the program sent, and by no others',
  async () => {
    const store = await startStore();
    const client = storeClient(store.admin);
    try {
      await ensureBucket(client, 'bucket');
      const key = '7/gitea/files/config';
      const { VersionId: versionId = '' } = await client.send(
        new PutObjectCommand({ Bucket: 'bucket', Key: key, Body: 'x' }),
      );
      const [moment, folder] = ['2026-01-01T00:00:00.000Z', mkdtempSync(join(tmpdir(), 'fleet-plans-'))];
      const objects = [{ key, versionId, size: 1, at: moment }];
      const plan = {
        moment,
        host: 'alpha',
        incarnation: '7',
        service: 'gitea',
        complete: true,
        parts: { files: { at: moment, objects } },
      };
      const restored = [
        { service: 'gitea', restoredFrom: '7', at: moment, moment },
        { service: 'reverse-proxy', restoredFrom: null, at: null },
      ];
      const kept = (change: object = {}) =>
        keep(client, 'bucket', declarations.alpha, folder, { ...judged({ restored }), ...change });
      expect(await kept()).toMatchObject({ ok: false, detail: expect.stringContaining('ENOENT') });
      writeFileSync(planFile(folder, 'alpha', 'gitea'), JSON.stringify(plan));
      const other = [{ ...restored[0], restoredFrom: '8' }];
      expect(await kept({ restored: other })).toMatchObject({
        ok: false,
        detail: expect.stringMatching(/another plan/),
      });
      expect(await listPoints(client, 'bucket')).toEqual([]);
      expect(await kept()).toMatchObject({ ok: true, detail: expect.stringMatching(/^point 2026-01-01T/) });
      expect((await readPoint(client, 'bucket'))?.plans).toEqual([plan]);
      const days = ((await lockedUntil(client, 'bucket', { key, versionId }))!.getTime() - Date.now()) / 86_400_000;
      expect(Math.round(days)).toBe(declarations.alpha.backup.keep.dailyDays);
    } finally {
      client.destroy();
      store.end();
    }
  },
  TOOLS_TIMEOUT_MS,
);
