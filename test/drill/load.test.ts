import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { EXIT, Inconclusive } from '../../scripts/lib/errors';
import { CommitChain } from '../../drill/load/chain';
import { DatabaseWriter, LABELS } from '../../drill/load/database-writer';
import { Load } from '../../drill/load/load';
import { WriteLog, type WriteKind } from '../../drill/load/log';
import { Pace, keepWriting } from '../../drill/load/pace';
import { tooLittle, workOf } from '../../drill/load/work';
import { WHOLE } from '../../drill/machine/share';
import { git } from '../../drill/seed/git';
import { Gitea } from '../../drill/seed/gitea';
import { Random } from '../../drill/seed/random';
import { Http } from '../../scripts/lib/http';

describe('pace', () => {
  test('slots come evenly, the first at once', () => {
    const pace = new Pace(10, () => 5000);
    expect([pace.take(), pace.take(), pace.take()]).toEqual([0, 100, 200]);
  });

  test('whatever writers do with their time, no second holds more than the rate and the small backlog', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 200 }), (busy) => {
        let now = 0;
        const pace = new Pace(10, () => now);
        const sent: number[] = [];
        for (const time of busy) {
          now += pace.take();
          sent.push(now);
          now += time % 7 ? 0 : time;
        }
        for (const from of sent)
          expect(sent.filter((at) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(10 + 5 + 1);
      }),
    );
  });

  test('a writer that is quick enough keeps exactly to the rate', () => {
    let now = 0;
    const pace = new Pace(12.5, () => now);
    let sent = 0;
    while (now < 10_000) {
      now += pace.take();
      sent += 1;
      now += 30;
    }
    expect(sent).toBeGreaterThanOrEqual(125);
    expect(sent).toBeLessThanOrEqual(126);
  });

  test('after an outage there is no burst', () => {
    let now = 0;
    const pace = new Pace(10, () => now);
    pace.take();
    now = 120_000;
    const waits = Array.from({ length: 20 }, () => pace.take());
    expect(waits.filter((wait) => wait === 0).length).toBeLessThanOrEqual(6);
  });

  test('failures do not end the writing, and stopping does', async () => {
    const stop = new AbortController();
    let tried = 0;
    await keepWriting(
      async () => {
        if (++tried === 5) stop.abort();
        if (tried < 4) throw new Error('the forge is away');
      },
      new Pace(1000),
      stop.signal,
    );
    expect(tried).toBe(5);
  });
});

describe('work before a fault', () => {
  const load = () =>
    new Load(
      { baseUrl: 'http://127.0.0.1:1', admin: { name: 'a', password: 'b' }, workDir: tmpdir() },
      { plan: { organization: 'o' } } as never,
      1,
    );
  const written = (one: Load, kind: WriteKind, answer: () => Promise<unknown> = async () => undefined) =>
    one.log.send(kind, [{ kind: 'issue', id: kind, value: '' }], answer).catch(() => undefined);

  test('the seed says how much, and it is never little', () => {
    expect(workOf(7)).toEqual(workOf(7));
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { database, pushes } = workOf(seed);
        expect(database >= 100 && database <= 200 && pushes >= 10 && pushes <= 20).toBe(true);
      }),
    );
  });

  test('it is done once so many of each kind are acknowledged, in whatever time; refused ones do not count', async () => {
    const one = load();
    let done = false;
    const waiting = one.untilAcknowledged({ database: 2, pushes: 1 }, 60_000).then((worked) => (done = worked));
    await written(one, 'issue');
    await written(one, 'comment', () => Promise.reject(new Error('502')));
    await written(one, 'push');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(done).toBe(false);
    await written(one, 'label');
    expect(await waiting).toBe(true);
    await one.stop();
  });

  test('it is not done within a bound that passes first', async () => {
    const one = load();
    await written(one, 'issue');
    expect(await one.untilAcknowledged({ database: 1, pushes: 1 }, 100)).toBe(false);
    await one.stop();
  });

  test('the moment to strike has a write of each kind in flight, and what else is asked for', async () => {
    const one = load();
    let also = false;
    const moment = one.untilInFlight(60_000, undefined, () => also).then(() => one.inFlight());
    let answer: () => void = () => undefined;
    const open = new Promise<void>((resolve) => (answer = resolve));
    void written(one, 'issue', () => open);
    const push = written(one, 'push', () => open);
    also = true;
    expect(await moment).toEqual({ database: 1, pushes: 1 });
    answer();
    await push;
    await one.stop();
  });

  test('too little of it speaks of the machine, unless the forge refused more than it took on a machine of its own', () => {
    const wanted = { database: 100, pushes: 10 };
    const slow = tooLittle(wanted, { acknowledged: { database: 40, pushes: 3 }, failed: 2, why: 'no answer' }, WHOLE);
    expect(slow).toBeInstanceOf(Inconclusive);
    expect([slow.exitCode, slow.message]).toEqual([
      EXIT.inconclusive,
      expect.stringContaining('only 40 and 3 were acknowledged within 10 minutes'),
    ]);
    const refusing = { acknowledged: { database: 4, pushes: 0 }, failed: 90, why: 'it answered 500' };
    expect(tooLittle(wanted, refusing, WHOLE)).not.toBeInstanceOf(Inconclusive);
    expect(tooLittle(wanted, refusing, WHOLE).message).toContain('it answered 500');
    expect(tooLittle(wanted, refusing, { others: 0.5, speed: 1, of: 0.5 })).toBeInstanceOf(Inconclusive);
  });
});

describe('writers to the database', () => {
  let server: Server;
  let http: Http;
  let broken = false;
  let numbers = 0;
  const asked: Array<{ path: string; body: any }> = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (data) => (body += data));
      request.on('end', () => {
        asked.push({ path: request.url!, body: JSON.parse(body) });
        response.statusCode = broken ? 502 : 201;
        response.end(JSON.stringify({ number: ++numbers, id: numbers }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    http = new Http();
  });
  afterAll(async () => {
    await http.close();
    server.close();
  });

  const writer = (log: WriteLog) =>
    new DatabaseWriter(
      new Gitea(http, `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      'o/r',
      new Map(LABELS.map((name, id) => [name, id])),
      new Random(7),
      log,
    );

  test('the same seed gives the same mix of issues, comments and labels', async () => {
    const mixes: string[][] = [];
    for (let run = 0; run < 2; run++) {
      const log = new WriteLog();
      const one = writer(log);
      for (let n = 0; n < 40; n++) await one.write();
      expect(new Set(log.writes.map(({ kind }) => kind))).toEqual(new Set(['issue', 'comment', 'label']));
      expect(new Set(log.writes.map(({ id }) => id)).size).toBe(40);
      mixes.push(log.writes.map(({ kind }) => kind));
    }
    expect(mixes[0]).toEqual(mixes[1]);
  });

  test('a refused write is not acknowledged, and after it the writer begins with a new issue', async () => {
    const log = new WriteLog();
    const one = writer(log);
    for (let n = 0; n < 5; n++) await one.write();
    broken = true;
    await expect(one.write()).rejects.toThrow('502');
    await expect(one.write()).rejects.toThrow('502');
    broken = false;
    await one.write();
    expect(log.writes.map(({ acknowledgedAt }) => acknowledgedAt !== undefined)).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      true,
    ]);
    expect(asked.slice(-2).map(({ path }) => path)).toEqual(['/api/v1/repos/o/r/issues', '/api/v1/repos/o/r/issues']);
  });
});

test('commits to push form one line, the same for the same seed, also beyond the first batch', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'chain-'));
  const chains = await Promise.all(
    ['a', 'b'].map(async (name) => {
      const chain = new CommitChain({}, join(dir, name), 'o/r', 3);
      await chain.prepare();
      const commits = [];
      for (let n = 0; n < 201; n++) commits.push(await chain.next());
      return commits;
    }),
  );
  expect(chains[0]).toEqual(chains[1]);
  const listed = execFileSync('git', ['rev-list', '--reverse', '--parents', chains[0][200].id], {
    cwd: join(dir, 'a'),
    encoding: 'utf8',
  });
  expect(listed.trim().split('\n')).toEqual(chains[0].map(({ id, parent }) => (parent ? `${id} ${parent}` : id)));
});

test('git that waits for a server that is silent ends after its time, or when told to, with its helpers', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/o/r.git`;
  try {
    const began = Date.now();
    await expect(git({}, ['ls-remote', url], { timeout: 300 })).rejects.toThrow('no end after 300 ms');
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    await expect(git({}, ['ls-remote', url], { signal: stop.signal })).rejects.toThrow('given up');
    expect(Date.now() - began).toBeLessThan(10_000);
    await expect(git({}, ['ls-remote', url], { signal: stop.signal })).rejects.toThrow('given up');
    await expect(git({}, ['--version'], { timeout: 60_000 })).resolves.toMatch(/^git version/);
  } finally {
    silent.closeAllConnections();
    silent.close();
  }
}, 20_000);
