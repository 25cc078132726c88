import { declarations, type Declaration } from '../../stacks';
import { settingsSchema } from '../../stacks/model/settings';
import { driverOf } from '../../components/machines';
import { capacityRules, FLOOR, needsOf, smallestFor } from '../../components/machines/capacity';
import { plansOf } from '../../services';
import { parsedSettings } from '../program/mocks';

const settings = settingsSchema.parse(parsedSettings());
const copy = (name: string) => structuredClone(declarations[name]) as Declaration;
const messages = (declaration: Declaration) =>
  capacityRules(declaration, settings).map(({ path, message }) => `${path}: ${message}`);

test.each(['alpha', 'beta'])('the size of %s is the smallest that holds its services', (name) => {
  const [host] = declarations[name].hosts;
  const needs = needsOf(plansOf(declarations[name], host, settings));
  const atLeast = {
    memoryMiB: Math.max(needs.memoryMiB, FLOOR.memoryMiB),
    diskGiB: Math.max(needs.diskGiB, FLOOR.diskGiB),
  };
  expect(host.size).toBe(smallestFor(host, atLeast));
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
  const full = copy('alpha');
  full.hosts[0].size = Object.keys(driverOf(full.hosts[0]).sizes)[1];
  full.hosts[0].extraServices = ['docker', 'matrix-conduit'];
  full.agents = [
    ...full.agents,
    ...Array.from({ length: 20 }, (_, index) => ({ ...full.agents[0], name: `copy-${index}` })),
  ];
  expect(messages(full)).toContainEqual(expect.stringMatching(/take services off/));
});

test.each([
  ['below the floor of the fleet', 's-1vcpu-2gb', "below the fleet's floor of 4096 MiB"],
  ['that nobody offers', 'huge', '"huge" is not in the size table of DigitalOcean; choose one of s-1vcpu-2gb, '],
])('a size %s', (_, size, says) => {
  const wrong = copy('beta');
  wrong.hosts[0].size = size;
  expect(messages(wrong)).toEqual([expect.stringContaining(`declaration.hosts[0].size: `)]);
  expect(messages(wrong)[0]).toContain(says);
});
