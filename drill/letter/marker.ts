/** A piece of work in the forge by which one sees that it came back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { freshResolver, Http } from '../../scripts/lib/http';
import { authorizationHeader } from '../seed/gitea';

export interface Forge {
  name: string;
  nameserver: string;
  admin: { name: string; password: string };
}

const WAIT_MS = 120_000;

/** Whether trust is earned is tried by the update itself; here the work counts. */
async function ask(forge: Forge, method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<number> {
  const http = new Http({ resolve: freshResolver(forge.nameserver), trustsAnyone: true });
  const { name: user, password } = forge.admin;
  try {
    const { status } = await http.send(method, `https://${forge.name}/api/v1${path}`, {
      headers: { ...authorizationHeader({ user, password }), 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    return status;
  } finally {
    await http.close();
  }
}

/** Makes a repository of that name. */
export async function leaveMark(forge: Forge, name: string): Promise<void> {
  const status = await ask(forge, 'POST', '/user/repos', { name, auto_init: true });
  if (status !== 201) throw new Error(`the forge answered ${status} to a new repository`);
}

/** Deletes the repository. */
export async function removeMark(forge: Forge, name: string): Promise<void> {
  const status = await ask(forge, 'DELETE', `/repos/${forge.admin.name}/${name}`);
  if (status !== 204) throw new Error(`the forge answered ${status} to the deletion of a repository`);
}

/** Whether the repository is there with its first commit. The proxy may begin to answer a moment after the update has ended. */
export async function isMarked(forge: Forge, name: string): Promise<boolean> {
  const until = Date.now() + WAIT_MS;
  for (;;) {
    const status = await ask(forge, 'GET', `/repos/${forge.admin.name}/${name}/contents/README.md`).catch(() => 0);
    if (status === 200) return true;
    if (status === 404 || Date.now() > until) return false;
    await sleep(1000);
  }
}
