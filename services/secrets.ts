/** Every secret that a stack needs: those of any stack, those of its services, and one host key a host. */
import { hostKeySecret, stackSecrets, type SecretSetting } from '../stacks/model/settings';
import type { Declaration } from '../stacks';
import { servicesOf } from '../stacks/model/validate';
import { services } from '.';

export function secretsOf(stack: { hosts: string[]; services: string[] }): SecretSetting[] {
  const ofServices = [...new Set(stack.services)].flatMap((name) => services[name]?.secrets ?? []);
  const unique = ofServices.filter(({ key }, index) => ofServices.findIndex((other) => other.key === key) === index);
  return [...stackSecrets, ...unique, ...stack.hosts.map(hostKeySecret)];
}

/** The same for a declaration. */
export function secretsOfStack(declaration: Declaration): SecretSetting[] {
  return secretsOf({
    hosts: declaration.hosts.map((host) => host.name),
    services: declaration.hosts.flatMap(servicesOf),
  });
}
