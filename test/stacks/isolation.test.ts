import { declarations, type Declaration } from '../../stacks';
import { settingsIsolation } from '../../stacks/model/rules/isolation';
import { settingsSchema } from '../../stacks/model/settings';
import { validateDeclaration } from '../../stacks/model/validate';
import { egress } from '../../components/network/egress';
import { plansOf } from '../../services';
import { parsedSettings } from '../program/mocks';

const settings = settingsSchema.parse(parsedSettings());
const copy = (name: string) => structuredClone(declarations[name]) as Declaration;
const messages = (declaration: Declaration) =>
  validateDeclaration(declaration).map(({ path, message }) => `${path}: ${message}`);

test.each(['gitea', 'docker', 'strfry', 'fleet-relay', 'ollama', 'evennia', 'tailscale'])(
  'the testbed never runs %s',
  (service) => {
    const wrong = copy('beta');
    wrong.hosts[0].extraServices = [service];
    expect(messages(wrong)).toEqual([expect.stringContaining(`role testbed forbids ${service} on beta`)]);
  },
);

test('the testbed runs Bezalel, build jobs, and what looks after them', () => {
  const beta = declarations.beta;
  expect(plansOf(beta, beta.hosts[0], settings).map(({ name }) => name)).toEqual([
    'fleet-config',
    'fleet-health',
    'distress',
    'actions-runner',
    'hermes-bezalel',
  ]);
  expect(
    plansOf(beta, beta.hosts[0], settings).flatMap(({ ports }) => ports.filter(({ scope }) => scope === 'public')),
  ).toEqual([]);
});

test('SSH from host to host', () => {
  const wrong = copy('beta');
  wrong.lanes.push({ from: 'alpha', to: 'beta', protocol: 'tcp', port: 22, purpose: 'father intervention' });
  expect(messages(wrong)).toEqual([expect.stringContaining('lanes[1]: no host of the fleet logs in on another')]);
});

test('anything but HTTPS from beta to alpha', () => {
  const wrong = copy('beta');
  wrong.lanes.push(
    { from: 'beta', to: 'alpha', protocol: 'tcp', port: 11434, purpose: 'inference' },
    { from: 'beta', to: 'alpha', protocol: 'udp', port: 443, purpose: 'HTTP/3' },
  );
  expect(messages(wrong)).toEqual([
    expect.stringContaining('lanes[1]: only HTTPS'),
    expect.stringContaining('lanes[2]: only HTTPS'),
  ]);
});

test('settings that would let a host log in', () => {
  const open = {
    ...settings,
    sshSources: ['10.0.0.0/8', '104.131.15.18/32'],
    operators: [{ name: 'alexander' }, { name: 'alpha' }],
  };
  expect(settingsIsolation(declarations.beta, open).map(({ path }) => path)).toEqual([
    'config fleet:sshSources[1]',
    'config fleet:operators[1].name',
  ]);
});

const reaches = (name: string, port: number) =>
  egress(declarations[name].hosts[0], settings).some(({ protocol, portRange }) => {
    const [from, to = from] = String(portRange).split('-').map(Number);
    return protocol === 'tcp' && from <= port && port <= to;
  });

test.each([
  ['alpha', 22, false],
  ['alpha', 443, true],
  ['beta', 22, false],
  ['beta', 443, true],
  ['beta', 7070, true],
  ['beta', 7777, false],
  ['beta', 11434, false],
])('%s reaches port %i of another machine: %s', (name, port, expected) => expect(reaches(name, port)).toBe(expected));

test('inference and the forge’s own port are never public', () => {
  const ports = plansOf(declarations.alpha, declarations.alpha.hosts[0], settings).flatMap((plan) => plan.ports);
  const open = ports.filter(({ scope }) => scope === 'public').map(({ port, protocol }) => `${port}/${protocol}`);
  expect(open.sort()).toEqual(['2929/tcp', '443/tcp', '7777/tcp', '80/tcp']);
});
