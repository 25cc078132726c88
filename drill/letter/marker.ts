/** A piece of work in the forge by which one sees that it came back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { adminOf, withHttp, type Forge } from '../forge';
import type { Gitea } from '../seed/gitea';

const WAIT_MS = 120_000;

/** Whether trust is earned is tried by the update itself; here the work counts. */
const asAdmin = <T>(forge: Forge, work: (gitea: Gitea) => Promise<T>): Promise<T> =>
  withHttp(forge, (http) => work(adminOf(forge, http)), { trustsAnyone: true });

/** Makes a repository of that name. */
export const leaveMark = (forge: Forge, name: string): Promise<unknown> =>
  asAdmin(forge, (gitea) => gitea.post('/user/repos', { name, auto_init: true }));

/** Deletes the repository. */
export const removeMark = (forge: Forge, name: string): Promise<unknown> =>
  asAdmin(forge, (gitea) => gitea.delete(`/repos/${forge.admin.name}/${name}`));

/** Whether the repository is there with its first commit. The proxy may begin to answer a moment after the update has ended. */
export async function isMarked(forge: Forge, name: string): Promise<boolean> {
  const file = `/repos/${forge.admin.name}/${name}/contents/README.md`;
  for (const until = Date.now() + WAIT_MS; ; await sleep(1000)) {
    const there = await asAdmin(forge, (gitea) => gitea.exists(file)).catch(() => undefined);
    if (there !== undefined || Date.now() > until) return there ?? false;
  }
}
