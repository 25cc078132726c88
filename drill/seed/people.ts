/** Users, the organization, tokens, keys and the user with TOTP. */
import { createHash } from 'node:crypto';
import type { Http } from '../../scripts/lib/http';
import { sshKey } from '../../scripts/init/generate';
import { makeToken } from '../forge';
import type { SeededUser } from './account';
import type { Facts } from './facts';
import type { Gitea } from './gitea';
import type { SeedPlan } from './plan';
import { WebSession, passcode } from './web';
import { required } from '../../stacks/model/required';

/** Makes the people of the plan. The last user enrols TOTP, after its token was made: the API takes no passcode. */
export async function seedPeople(
  admin: Gitea,
  web: () => Http,
  plan: SeedPlan,
  facts: Facts,
  used: Set<string>,
): Promise<SeededUser[]> {
  const users: SeededUser[] = [];
  for (const name of plan.users) {
    const password = createHash('sha256').update(`${plan.seed}/password/${name}`).digest('base64url').slice(0, 24);
    const email = `${name}@drill.invalid`;
    await admin.post('/admin/users', { username: name, email, password, must_change_password: false });
    facts.add('user', name, email);
    const own = admin.as({ user: name, password });
    const token = await makeToken(own, name, 'drill');
    facts.add('token', `${name}/drill`, 'works');
    const key = sshKey(name).publicHalf ?? '';
    await own.as({ token }).post('/user/keys', { title: 'drill', key });
    facts.add('key', `${name}/drill`, bare(key));
    users.push({ name, password, token });
  }
  if (!(await admin.exists(`/orgs/${plan.organization}`)))
    await admin.post('/orgs', { username: plan.organization, visibility: 'public' });
  facts.add('organization', plan.organization, 'public');

  const last = required(users.at(-1), 'a user in the plan');
  const session = new WebSession(web(), admin.baseUrl);
  await session.login(last.name, last.password);
  const at = Date.now();
  last.totp = await session.enrollTotp(at);
  used.add(passcode(last.totp, at));
  facts.add('totp', last.name, 'works');
  return users;
}

/** A key without its comment, which the forge may keep or drop. */
export const bare = (key: string): string => key.split(' ').slice(0, 2).join(' ');
