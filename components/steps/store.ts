/** Steps that administer the store: programs that run on the operator's machine with the administrator's key. */
import type { ServicePlan } from '../../services';
import { declarations } from '../../stacks';
import { bucketOf, type Owner } from '../../stacks/model/names';
import { isStore } from '../../stacks/model/sites';
import { accountOf, derivedKey } from '../inputs';
import {
  HANDOVER,
  READER_KEY,
  STORE_KEY,
  TAKEOVER,
  type HandoverInput,
  type ReaderKeyInput,
  type StoreKeyInput,
  type TakeoverInput,
} from '../programs/contracts';
import type { OtherHost } from '../store/moved';
import type { StoreAccount } from '../store/names';
import { json, named, type Step, type Subject } from './step';

/** A machine's account in the store, from the values in `ACCOUNT`. */
export type Account = (values: Record<(typeof ACCOUNT)[number], string>) => StoreAccount;

export const ACCOUNT = ['incarnation', 'storeSecretKey'] as const;
const ADMIN = ['storeAccessKey', 'storeSecretKey'] as const;
const adminOf = ({ storeAccessKey, storeSecretKey }: Record<(typeof ADMIN)[number], string>) => ({
  accessKey: storeAccessKey,
  secretKey: storeSecretKey,
});

/** The account of a primary: it writes below its own prefix only. */
export const writer =
  ({ settings, declaration, host }: Subject): Account =>
  ({ incarnation, storeSecretKey }) =>
    accountOf(settings, declaration, host.name, incarnation, storeSecretKey);

/** An account that reads all backups of a host, for a machine that restores beside it. What it may write, if anything, is in the bucket's policy. */
export const reader =
  (bucket: string, accessKey: string): Account =>
  ({ incarnation, storeSecretKey }) => ({
    bucket,
    prefix: incarnation,
    accessKey,
    secretKey: derivedKey(storeSecretKey, `${accessKey}/${incarnation}`),
  });

const hasStandby = ({ settings, host }: Subject) => settings.standby[host.name] !== undefined;

export const storeKey = (subject: Subject): Step => ({
  name: named(subject.name).storeKey,
  stage: 'provision',
  does: 'bucket, and an account for this incarnation, which may do nothing yet',
  kind: 'program',
  run: [STORE_KEY],
  stdin: json(['incarnation', ...ADMIN], (values): StoreKeyInput => ({
    store: subject.settings.store,
    admin: adminOf(values),
    account: writer(subject)(values),
    hasStandby: hasStandby(subject),
  })),
  after: [],
  timeout: '5m',
  part: { type: 'fleet:store:Access', name: subject.name },
});

export const readerKey = ({ name, settings }: Subject, account: Account): Step => ({
  name: named(name).readerKey,
  stage: 'provision',
  does: 'an account that reads the backups of the host',
  kind: 'program',
  run: [READER_KEY],
  stdin: json(['incarnation', ...ADMIN], (values): ReaderKeyInput => ({
    store: settings.store,
    admin: adminOf(values),
    account: account(values),
  })),
  after: [],
  timeout: '5m',
});

/** The machine becomes the primary of its host; what fails before leaves the old one serving. */
export const takeover = (subject: Subject, after: string[]): Step => ({
  name: named(subject.name).takeover,
  stage: 'takeover',
  does: 'writes down that this machine is the primary; every older key is withdrawn',
  kind: 'hook',
  run: [TAKEOVER],
  stdin: json(['incarnation', 'address', ...ADMIN], (values): TakeoverInput => ({
    store: subject.settings.store,
    admin: adminOf(values),
    account: writer(subject)(values),
    hasStandby: hasStandby(subject),
    registration: {
      stack: subject.declaration.stack,
      host: subject.host.name,
      incarnation: values.incarnation,
      address: values.address,
      generation: subject.settings.rebuild[subject.host.name] ?? 0,
    },
  })),
  // A standby that is asked for later gets its right to read with the keys, so they are given anew.
  ...(hasStandby(subject) ? { content: 'standby' } : {}),
  after,
  timeout: '5m',
});

/** Takes over the movable services from wherever they lived before, once that host has let them go; nothing where there is no other host. */
export function handover(subject: Subject, movable: ServicePlan[], after: string[]): Step[] {
  const { name, declaration, host, settings } = subject;
  const others = otherHosts(subject);
  if (!movable.length || !others.length) return [];
  const services = movable.map((plan) => plan.name).sort();
  const neighbours = declaration.hosts.filter((other) => other.name !== host.name);
  return [
    {
      name: named(name).handover,
      stage: 'others',
      does: 'takes over the backups of agents that moved here',
      kind: 'program',
      run: [HANDOVER],
      stdin: json([...ADMIN, 'resticPassword'], (values): HandoverInput => ({
        store: settings.store,
        admin: adminOf(values),
        bucket: bucketOf(settings.store.bucketPrefix, declaration, host.name),
        host: host.name,
        others,
        services,
        recipient: settings.backupRecipient,
        resticPassword: values.resticPassword,
      })),
      content: services.join(' '),
      after: [...after, ...neighbours.map((other) => named(other.name).converge)],
      timeout: '30m',
    },
  ];
}

/** Every other host of the fleet, in whichever stack of the same kind, with its bucket. */
function otherHosts({ declaration, host, settings }: Subject): OtherHost[] {
  const bucket = (owner: Owner, of: string) => bucketOf(settings.store.bucketPrefix, owner, of);
  return Object.values(declarations)
    .filter((one) => one.fleet === declaration.fleet && one.kind === declaration.kind && !isStore(one))
    .flatMap((one) => one.hosts.map(({ name }) => ({ host: name, bucket: bucket(one, name) })))
    .filter((other) => other.bucket !== bucket(declaration, host.name));
}
