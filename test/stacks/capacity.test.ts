import { declarations, type Declaration } from '../../stacks';
import { settingsSchema } from '../../stacks/model/settings';
import { floor, smallestFor } from '../../stacks/model/capacity';
import { sizes } from '../../stacks/outside/sizes';
import { validateDeclaration } from '../../stacks/model/validate';
import { plansOf } from '../../services';
import { needsOf, validatePlans } from '../../services/validate';
import { parsedSettings } from '../program/mocks';

const settings = settingsSchema.parse(parsedSettings());
const copy = (name: string) => structuredClone(declarations[name]) as Declaration;
const messages = (declaration: Declaration) =>
  validatePlans(declaration, settings).map(({ path, message }) => `${path}: ${message}`);

test.each(['alpha', 'beta'])('the size of %s is the smallest that holds its services', (name) => {
  const [host] = declarations[name].hosts;
  const needs = needsOf(plansOf(declarations[name], host, settings));
  const atLeast = {
    memoryMiB: Math.max(needs.memoryMiB, floor.memoryMiB),
    diskGiB: Math.max(needs.diskGiB, floor.diskGiB),
  };
  expect(host.size).toBe(smallestFor(atLeast));
});

test('services that need more memory than the host has are told with the size that would do', () => {
  const small = copy('alpha');
  small.hosts[0].size = 's-4vcpu-8gb';
  expect(messages(small)).toEqual([
    expect.stringMatching(
      /hosts\[0\]\.size: the services of alpha need \d+ MiB of memory .* s-4vcpu-8gb has 8192 .* choose s-8vcpu-16gb or larger/,
    ),
  ]);
});

test('services that fit no size are told to be taken off', () => {
  const [first] = Object.keys(sizes.value);
  const full = copy('alpha');
  full.hosts[0].size = first;
  full.hosts[0].extraServices = ['docker', 'matrix-conduit'];
  full.agents = [
    ...full.agents,
    ...Array.from({ length: 20 }, (_, index) => ({ ...full.agents[0], name: `copy-${index}` })),
  ];
  expect(messages(full)).toContainEqual(expect.stringMatching(/take services off/));
});

test('a host below the floor of the fleet', () => {
  const low = copy('beta');
  low.hosts[0].size = 's-1vcpu-2gb';
  expect(validateDeclaration(low).map(({ message }) => message)).toEqual([
    expect.stringContaining("below the fleet's floor of 4096 MiB"),
  ]);
});
