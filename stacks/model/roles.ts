/** What a role keeps off its hosts. */
import type { Role } from './schema';

/** Whether a role keeps a service off its hosts. */
export const forbids = (role: Role, service: string): boolean =>
  role.forbids === 'others' ? !role.services.includes(service) : role.forbids.includes(service);
