/** The generated documents: what is committed is what the declaration says, and what the declaration says is complete. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rendered } from '../../scripts/docs/documents';
import { documented, placed } from '../../scripts/docs/fleet';
import { expiryOf, readMeasurement } from '../../scripts/docs/measured';
import { readSeen } from '../../scripts/docs/seen';
import { differences, write } from '../../scripts/docs/write';
import { main } from '../../scripts/fleet';
import { projectDir } from '../../scripts/lib/project';
import { services } from '../../services';
import { fleets, type Declaration } from '../../stacks';
import { servicesOf } from '../../stacks/model/validate';

const [declared] = fleets;
const [alpha, beta] = declared.stacks;
const fleetOf = (stacks: Declaration[]) => documented({ ...declared, stacks: stacks as typeof declared.stacks });
const fleet = documented(declared);
/** A committed measurement counts for as long as it may be told; that it has run out is for `fleet docs --check` to say, not for an old commit. */
const committed = readMeasurement(projectDir);
const now = committed ? new Date(expiryOf(committed).getTime() - 1) : new Date();
const seen = readSeen(projectDir);
const text = (stacks: Declaration[], file: string) => rendered({ fleet: fleetOf(stacks), seen, now }).get(file) ?? '';
const changed = (change: (copy: Declaration) => void): Declaration[] => {
  const copy = structuredClone(alpha) as Declaration;
  change(copy);
  return [copy, beta];
};

test('the committed documents are what the declaration says; if not, run bin/fleet docs and commit', () => {
  expect(differences(projectDir, { fleet, measurement: committed, seen, now })).toEqual([]);
});

describe('in a folder of its own', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'docs-'))));

  test('what is missing, changed by hand or left over is named, and mended', () => {
    const source = { fleet, seen, now };
    expect(differences(folder, source).every(({ how }) => how === 'missing')).toBe(true);
    write(folder, source);
    expect(differences(folder, source)).toEqual([]);
    writeFileSync(join(folder, 'docs/generated/timmy/topology.md'), 'by hand');
    writeFileSync(join(folder, 'docs/generated/timmy/old.md'), 'old');
    rmSync(join(folder, 'docs/generated/timmy/services.md'));
    const found = [
      { file: 'docs/generated/timmy/topology.md', how: 'changed' },
      { file: 'docs/generated/timmy/services.md', how: 'missing' },
      { file: 'docs/generated/timmy/old.md', how: 'left over' },
    ];
    expect(differences(folder, source)).toEqual(found);
    expect(write(folder, source)).toEqual(found);
    expect(differences(folder, source)).toEqual([]);
  });

  test('a changed declaration makes documents differ', () => {
    write(folder, { fleet, seen, now });
    const moved = fleetOf(changed((copy) => (copy.hosts[0].region = 'fra1')));
    expect(differences(folder, { fleet: moved, seen, now }).map(({ file }) => file)).toContain(
      'docs/generated/timmy/topology.md',
    );
  });
});

test('the command says which document differs today, and ends in 0 when none does', async () => {
  const told: string[] = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => (told.push(String(line)), true));
  try {
    process.exitCode = undefined;
    const differ = differences(projectDir, { fleet, measurement: committed, seen, now: new Date() });
    await expect(main(['docs', '--check', '--json'])).resolves.toBe(differ.length ? 1 : 0);
    expect(JSON.parse(told.join(''))).toEqual({ differ });
  } finally {
    jest.restoreAllMocks();
    process.exitCode = undefined;
  }
});

describe('what the documents name', () => {
  const plans = placed(fleet).map(({ plan }) => plan);
  const works = fleet.named.flatMap(({ ends }) => ('works' in ends ? ends.works : []));

  test('every service that is said to work is planned and verified, and every name is public', () => {
    const labels = fleet.hosts.flatMap(({ host }) => host.publicNames);
    for (const name of works) {
      if (name.startsWith('.')) expect(labels).toContain(name.slice(1));
      else
        expect({ name, verified: plans.find((plan) => plan.name === name)?.hooks.includes('verify') }).toEqual({
          name,
          verified: true,
        });
    }
  });

  test('externals and gaps that it ends in are declared', () => {
    for (const { ends } of fleet.named) {
      if ('external' in ends) expect(fleet.externals.map(({ name }) => name)).toContain(ends.external);
      if ('gap' in ends) expect(fleet.gaps.map(({ subject }) => subject)).toContain(ends.gap);
    }
  });

  test('no service, agent, public name or external is silently missing', () => {
    const options = fleet.named.map(({ option }) => option);
    // What the fleet's documents do not name: its own store.
    const ofStore = fleet.store?.hosts.flatMap(servicesOf) ?? [];
    for (const name of Object.keys(services)) expect([...works, ...options, ...ofStore]).toContain(name);
    for (const { plan } of placed(fleet)) expect(works).toContain(plan.name);
    for (const { name, status } of fleet.agents) {
      if (status === 'active') expect(works).toContain(`hermes-${name}`);
      else expect(fleet.gaps.map(({ subject }) => subject.toLowerCase())).toContain(`agent ${name}`);
    }
    for (const label of fleet.hosts.flatMap(({ host }) => host.publicNames)) expect(works).toContain(`.${label}`);
    for (const { name } of fleet.externals)
      expect(fleet.named.map(({ ends }) => ('external' in ends ? ends.external : ''))).toContain(name);
  });

  test('no subject twice, every gap with its reason, every contradiction with two sides and a reading', () => {
    const subjects = fleet.named.map(({ subject }) => subject);
    expect(new Set(subjects).size).toBe(subjects.length);
    for (const { why, closes, source } of fleet.gaps)
      expect([why, closes, source].every((part) => part.length > 5)).toBe(true);
    for (const { says, taken, about } of fleet.contradictions.sections.flatMap(({ entries }) => entries))
      expect({ about, sides: says.length > 1, taken: taken.length > 3 }).toEqual({ about, sides: true, taken: true });
  });
});

test('every service of every host is in the inventory, the topology and its picture', () => {
  const [inventory, topology] = ['services.md', 'topology.md'].map((file) => text([alpha, beta], file));
  for (const { host, plan } of placed(fleet)) {
    expect(inventory).toContain(`### ${plan.name} on ${host.name}`);
    expect(topology).toContain(`["${plan.name}`);
    for (const { port } of plan.ports) expect(topology).toContain(`${port}/`);
  }
});

test('both ends of every arrow of the picture are in it', () => {
  const picture = /```mermaid\n([^`]*)```/.exec(text([alpha, beta], 'topology.md'))?.[1] ?? '';
  const nodes = new Set([...picture.matchAll(/^ *(?:subgraph )?(\w+)[[(]/gm)].map((match) => match[1]));
  const ends = [...picture.matchAll(/^ *(\w+) -->(?:\|[^|]*\|)? (\w+)$/gm)].flatMap((match) => [match[1], match[2]]);
  expect(ends.length).toBeGreaterThan(10);
  expect(ends.filter((end) => !nodes.has(end))).toEqual([]);
});

describe('redundancy', () => {
  test('a service that is put on a second host is no single point any more', () => {
    const single = (stacks: Declaration[]) =>
      / (\d+) services run on one host only/.exec(text(stacks, 'redundancy.md'))?.[1];
    const both = [alpha, { ...beta, hosts: beta.hosts.map((host) => ({ ...host, extraServices: ['metrics'] })) }];
    expect(Number(single(both))).toBe(Number(single([alpha, beta])) - 1);
  });

  test('hosts in two regions do not share one', () => {
    expect(text([alpha, beta], 'redundancy.md')).toContain('| region nyc1 |');
    expect(
      text(
        changed((copy) => (copy.hosts[0].region = 'fra1')),
        'redundancy.md',
      ),
    ).not.toMatch(/\| region /);
  });
});

describe('what it costs a month', () => {
  const costs = (stacks: Declaration[]) =>
    /## What it costs a month\n\n([^#]*)/.exec(text(stacks, 'topology.md'))?.[1] ?? '';

  test('each host by its size, and all of them', () => {
    const rows = costs([alpha, beta])
      .split('\n')
      .map((line) => line.split(' | ').at(-1)?.replace(/[ *|]/g, ''));
    expect(rows.slice(2, 5)).toEqual(['$98.00', '$24.00', '$122.00']);
    const smaller = costs(changed((copy) => (copy.hosts[0].size = 's-4vcpu-8gb')));
    expect(smaller).toContain('**$74.00**');
    expect(text([alpha, beta], 'redundancy.md')).toContain('a second `s-8vcpu-16gb`, $96.00 a month');
  });

  test('every external is counted or said not to be', () => {
    const uncounted = /\*\*Not counted\*\*[^.]*/.exec(costs([alpha, beta]))?.[0] ?? '';
    expect(fleet.externals.map(({ name }) => name).filter((name) => !uncounted.includes(name))).toEqual([
      'DigitalOcean',
    ]);
  });
});

test('the documents name no secret and no identifier of a requirement', () => {
  for (const [file, content] of rendered({ fleet, seen, now }))
    expect({ file, found: /\{\{secret:|\bS[0-3]-\d+|\b[ac]-\d\d\b|#\d{3}/.exec(content)?.[0] }).toEqual({
      file,
      found: undefined,
    });
});

test('every link of the documents leads somewhere', () => {
  const all = rendered({ fleet, seen, now });
  for (const [file, content] of all) {
    for (const [, target] of content.matchAll(/\]\(([^)#]+)\)/g))
      expect({
        file,
        target,
        there: all.has(target) || readFileSync(join(projectDir, 'docs/generated/timmy', target), 'utf8') !== '',
      }).toMatchObject({ there: true });
  }
});

test('what the documents tell to type is what a shell understands', () => {
  for (const content of rendered({ fleet, seen, now }).values()) {
    const blocks = [...content.matchAll(/^( *)```sh\n([\s\S]*?)```/gm)];
    // A broken block is an error of bash, which names its line.
    for (const [, indent, block] of blocks)
      execFileSync('bash', ['-n'], { input: block.replaceAll(new RegExp(`^${indent}`, 'gm'), '') });
  }
  expect([...text([alpha, beta], 'recovery-runbook.md').matchAll(/```sh/g)].length).toBeGreaterThan(10);
});
