/** What the sites of a store tell of themselves, and whether they can be relied on. */
import { z } from 'zod';
import { ssh } from '../../components/ssh';
import { STORE_SCRIPTS, STORE_STATE, STORE_USER } from '../../services/store';
import type { Declaration, Host } from '../../stacks';
import type { Settings } from '../../stacks/model/settings';
import { sitesOf } from '../../stacks/model/sites';
import { messageOf } from '../lib/errors';
import { targetOf } from '../lib/host-address';
import { elapsed } from '../lib/progress';
import type { StackFile } from '../lib/stack-file';

const moment = z.string();
const wrongSchema = z.looseObject({
  bucket: z.string(),
  key: z.string().nullable(),
  versionId: z.string(),
  path: z.string().optional(),
  why: z.string(),
});
export type Wrong = z.infer<typeof wrongSchema>;

export const scrubSchema = z.looseObject({
  finishedAt: moment,
  objects: z.number(),
  bytes: z.number(),
  points: z.number(),
  damaged: z.array(wrongSchema),
  missing: z.array(wrongSchema),
});

const toldSchema = z.looseObject({
  freePercent: z.number(),
  daysUntilFull: z.number().nullable(),
  pulled: z.looseObject({ begunAt: moment, refused: z.array(z.string()).default([]) }).nullable(),
  scrubbed: scrubSchema.nullable(),
});
export type Told = z.infer<typeof toldSchema>;

export interface SiteStatus {
  host: string;
  /** What is so, in words; of one that does not answer nothing. */
  detail: string;
  /** Why it cannot be relied on; absent where it can. */
  reason?: string;
}

/** Less free than this is told whatever the growth says. */
const LEAST_FREE_PERCENT = 10;
const DAY_MS = 86_400_000;

/** Every site of a stack, asked by SSH. */
export const sitesStatus = (
  file: StackFile,
  declaration: Declaration,
  settings: Settings,
  now: number,
): Promise<SiteStatus[]> =>
  Promise.all(
    declaration.hosts.map(async (host) => {
      try {
        const target = await targetOf(file, declaration, host, settings);
        const { code, stdout, stderr } = await ssh(target, asOwner(`python3 ${STORE_SCRIPTS}/tell.py ${STORE_STATE}`));
        if (code !== 0) throw new Error(stderr.trim() || `it ended with ${code}`);
        return judgeSite(host, toldSchema.parse(JSON.parse(stdout)), sitesOf(declaration), now);
      } catch (error) {
        return {
          host: host.name,
          detail: '',
          reason: `this site of the store does not tell how it is: ${messageOf(error)}`,
        };
      }
    }),
  );

/** Whatever touches a site's folder runs as its owner. */
export const asOwner = (command: string): string =>
  `setpriv --reuid ${STORE_USER} --regid ${STORE_USER} --init-groups --no-new-privs ${command}`;

/** Whether a site can be relied on. Pure. */
export function judgeSite(
  { name, role }: Pick<Host, 'name' | 'role'>,
  { freePercent, daysUntilFull, pulled, scrubbed }: Told,
  { lagSeconds, scrubDays, fullDays }: NonNullable<Declaration['sites']>,
  now: number,
): SiteStatus {
  const lag = role.store === 'copies' && pulled ? now - Date.parse(pulled.begunAt) : undefined;
  const wrong = scrubbed ? [...scrubbed.damaged, ...scrubbed.missing] : [];
  const readDaysAgo = scrubbed ? Math.floor((now - Date.parse(scrubbed.finishedAt)) / DAY_MS) : undefined;
  const reasons = [
    ...(wrong.length ? [`${wrong.length} objects are not what was written; fleet scrub names them`] : []),
    ...(role.store === 'copies' && !pulled
      ? ['it never followed the first site; see fleet-store-pull.service on it']
      : []),
    ...(lag !== undefined && lag > lagSeconds * 1000
      ? [
          `its copy is ${elapsed(lag)} old, and ${elapsed(lagSeconds * 1000)} is too old; see fleet-store-pull.service on it`,
        ]
      : []),
    ...(pulled?.refused.length
      ? [
          `the first site offers ${pulled.refused.length} damaged objects that are whole here (${pulled.refused[0]}); run fleet scrub`,
        ]
      : []),
    ...(freePercent < LEAST_FREE_PERCENT ? [`${freePercent} % of its disk is free; give it a larger size`] : []),
    ...(daysUntilFull !== null && daysUntilFull < fullDays
      ? [`its disk is full in ${daysUntilFull} days at the pace of the last ones; give it a larger size`]
      : []),
    // A scrub takes a while, and a boot begins its month anew.
    ...(readDaysAgo !== undefined && readDaysAgo > 2 * scrubDays
      ? [`all of it was last read ${readDaysAgo} days ago; see fleet-store-scrub.service on it`]
      : []),
  ];
  const [reason] = reasons.length ? [reasons.join('; ')] : [];
  const detail = [
    `${freePercent} % of its disk is free`,
    ...(daysUntilFull === null ? [] : [`full in ${daysUntilFull} days`]),
    ...(lag === undefined ? [] : [`its copy is ${elapsed(lag)} old`]),
    scrubbed ? `${scrubbed.objects} versions were read ${readDaysAgo} days ago` : 'nothing was read by a scrub yet',
  ].join(', ');
  return { host: name, detail, ...(reason === undefined ? {} : { reason }) };
}
