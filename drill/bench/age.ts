/**
 * What it costs that a host has run for long: stores of different ages, written as the gateway lays them out, and what the program asks them. Now is
 * always as long after the last night and the last new folder of the database, so that ages alone differ.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../../localcloud/paths';
import { UserError } from '../../scripts/lib/errors';
import { projectDir } from '../../scripts/lib/project';
import { windowsOf } from '../../scripts/prune/prune';
import { newKey } from '../../scripts/sandbox/sandbox';
import { bucketOf, evidenceBucketOf } from '../../stacks/model/names';
import { required } from '../../stacks/model/required';
import type { Size } from '../seed/plan';
import { Contents } from './age/contents';
import { declarationOf } from './age/declared';
import { History, type Age } from './age/history';
import { ASKED, type Answer, type Question } from './age/question';
import { AgedStore, type Held } from './age/store';
import type { Benchmark, BenchContext } from './benchmark';
import { runAndWatch } from './memory';
import { figure, type Figure } from './result';

const DAYS = [1, 30, 365];
/** What a year may add to what one day costs. */
const OLDER = 1.15;
const LISTED = 10_000;
const LISTED_A_REPOSITORY = 20;

type Rates = Omit<Age, 'days' | 'now'>;
const RATES: Rates = { changeMs: 1000, repositories: 100, pushesADay: 50 };
/** Nothing of a fleet writes more than that. */
const SIZES: Record<Size, Rates> = {
  small: { ...RATES, changeMs: 30_000, pushesADay: 5 },
  standard: RATES,
  large: RATES,
};

type Costs = Answer & { mebibytes: number };

/** What was seen of a store of an age. */
export interface Seen {
  days: number;
  held: Held;
  needed: { live: number; changed: number };
  writeSeconds: number;
  proveSeconds: number;
  costs: Record<(typeof ASKED)[number], Costs[]>;
}

export const age: Benchmark = {
  name: 'age',
  what: `what preflight, restore and status ask of a store that is 1, 30 and 365 days old, with a database change a second and 5000 pushes a day over 100 repositories in size standard; and what it keeps`,
  targets: {
    ...Object.fromEntries(
      ASKED.flatMap((asked) => [`${asked}, requests`, `${asked}, memory`].map((name) => [name, OLDER])),
    ),
    'restore, objects fetched before files are unpacked': OLDER,
    'objects listed': 1,
    'bytes kept': 3,
  },
  needsCloud: false,
  run: async (context) => {
    const { size, pairs } = context.options;
    const seen: Seen[] = [];
    for (const days of DAYS) seen.push(await seenAt(days, SIZES[size], pairs, context));
    return figuresOf(seen, SIZES[size], size);
  },
};

/** A store of so many days; it is removed again, whatever happens. */
export async function seenAt(
  days: number,
  rates: Rates,
  times: number,
  { progress, signal }: Pick<BenchContext, 'progress' | 'signal'>,
): Promise<Seen> {
  const folder = placeOf('fleet-aged-');
  let store: AgedStore | undefined;
  try {
    const declaration = declarationOf();
    const host = required(declaration.hosts[0], 'a host').name;
    const [bucket, evidence] = [bucketOf('backups', declaration, host), evidenceBucketOf('backups', declaration)];
    const keys = { ...newKey(), resticPassword: 'of-restic' };
    const made = join(folder, 'made');
    mkdirSync(made);
    store = await AgedStore.start(join(folder, 'store'), [bucket, evidence]);
    const began = performance.now();
    const history = await History.of(
      {
        age: { ...rates, days, now: Date.now() },
        host,
        keep: declaration.backup.keep,
        windows: windowsOf(declaration),
        recipient: keys.recipient,
        restic: resticOf(join(folder, 'restic'), keys.resticPassword),
        folder: made,
      },
      await Contents.into(made, keys.recipient),
    );
    const held = await store.write(bucket, history.units(), signal);
    await store.write(evidence, [history.evidence()], signal);
    const wrote = performance.now();
    progress.say(
      `  ${days} days: ${held.versions} versions and ${held.markers} markers, ${held.visible} visible; now they are listed`,
    );
    await store.prove(bucket, history.units(), signal);
    const proved = performance.now();
    const costs: Seen['costs'] = { preflight: [], restore: [], status: [] };
    for (const asked of ASKED)
      for (let time = 0; time < times; time++) {
        const one = await ask({ asked, access: store.access, keys }, signal);
        costs[asked].push(one);
        const { requests, listed, seconds, mebibytes } = one;
        progress.say(
          `  ${days} days, ${asked}: ${requests} requests, ${listed} listed, ${seconds.toFixed(1)} s, ${mebibytes.toFixed(0)} MiB`,
        );
      }
    const seconds = { writeSeconds: (wrote - began) / 1000, proveSeconds: (proved - wrote) / 1000 };
    return { days, held, needed: history.bytesNeeded(), ...seconds, costs };
  } finally {
    store?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A new folder, in memory where that has extended attributes: an old store is a million small files. */
function placeOf(name: string): string {
  const [memory, cache] = ['/dev/shm', cacheDir()];
  for (const place of [memory, cache]) {
    mkdirSync(place, { recursive: true });
    const folder = mkdtempSync(join(place, name));
    try {
      execFileSync('setfattr', ['-n', 'user.tried', '-v', '1', folder], { stdio: 'ignore' });
      return folder;
    } catch {
      rmSync(folder, { recursive: true });
    }
  }
  throw new UserError(`Neither ${memory} nor ${cache} has extended attributes.`, 'Put FLEET_CACHE_DIR on ext4 or xfs.');
}

/** What restic makes of a password. */
function resticOf(folder: string, password: string): { config: Buffer; key: Buffer } {
  execFileSync('restic', ['init', '-q', '-r', folder], { env: { PATH: process.env.PATH, RESTIC_PASSWORD: password } });
  const [key = ''] = readdirSync(join(folder, 'keys'));
  return { config: readFileSync(join(folder, 'config')), key: readFileSync(join(folder, 'keys', key)) };
}

async function ask(question: Question, signal: AbortSignal): Promise<Costs> {
  const { code, stdout, stderr, mebibytes } = await runAndWatch(
    process.execPath,
    // As bin/fleet starts it.
    [
      ...['--max-semi-space-size=64', '--min-semi-space-size=64', '--import'],
      ...[
        `file://${projectDir}/node_modules/tsx/dist/loader.mjs`,
        join(__dirname, 'age/ask.ts'),
        JSON.stringify(question),
      ],
    ],
    { cwd: projectDir, env: { ...process.env, TSX_TSCONFIG_PATH: join(projectDir, 'tsconfig.json') }, signal },
  );
  if (code !== 0) throw new UserError(`${question.asked} failed on an old store: ${stderr.trim().split('\n').at(-1)}`);
  return { ...(JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Answer), mebibytes };
}

/** The oldest store against the youngest. */
export function figuresOf(seen: Seen[], { repositories }: Rates, size: string): Figure[] {
  const [young, old] = [required(seen[0], 'a young store'), required(seen.at(-1), 'an old store')];
  const said = (days: number) => `${days} days (${size})`;
  const between = (asked: (typeof ASKED)[number], name: string, unit: string, of: keyof Costs) =>
    figure(age, {
      name: `${asked}, ${name}`,
      unit,
      measured: said(old.days),
      baseline: said(young.days),
      pairs: old.costs[asked].map((one, index) => ({
        measured: one[of],
        baseline: required(young.costs[asked][index], 'its pair')[of],
      })),
      details: Object.fromEntries(seen.map(({ days, costs }) => [`${days} days`, costs[asked].map((one) => one[of])])),
    });
  const limit = LISTED + LISTED_A_REPOSITORY * repositories;
  const listed = seen.flatMap(({ costs }) => [...costs.preflight, ...costs.restore].map((one) => one.listed));
  const kept = seen.map(({ held, needed }) => ({ measured: held.bytes, baseline: needed.live + needed.changed }));
  const worst = kept.reduce((a, b) => (b.measured / b.baseline > a.measured / a.baseline ? b : a));
  return [
    ...ASKED.flatMap((asked) => [
      between(asked, 'requests', 'requests', 'requests'),
      between(asked, 'memory', 'MiB', 'mebibytes'),
      between(asked, 'seconds', 's', 'seconds'),
    ]),
    between('restore', 'objects fetched before files are unpacked', 'objects', 'fetched'),
    figure(age, {
      name: 'objects listed',
      unit: 'objects',
      measured: `most by preflight or restore (${size})`,
      baseline: `${LISTED}, and ${LISTED_A_REPOSITORY} a repository`,
      pairs: [{ measured: Math.max(...listed), baseline: limit }],
    }),
    figure(age, {
      name: 'bytes kept',
      unit: 'MB',
      measured: `of any age (${size})`,
      baseline: 'live data, and what the windows changed',
      pairs: [{ measured: worst.measured / 1e6, baseline: worst.baseline / 1e6 }],
      details: Object.fromEntries(
        seen.map(({ days, held, needed, writeSeconds, proveSeconds }) => [
          `${days} days: versions, markers, visible, MB, MB in markers, live MB, changed MB, seconds to write and to list`,
          [
            held.versions,
            held.markers,
            held.visible,
            ...[held.bytes, held.inMarkers, needed.live, needed.changed].map((one) => one / 1e6),
            writeSeconds,
            proveSeconds,
          ],
        ]),
      ),
    }),
  ];
}
