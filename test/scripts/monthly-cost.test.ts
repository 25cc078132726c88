/** What a preview says that a stack costs. */
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { costLine, monthlyCost } from '../../scripts/lib/monthly-cost';
import { declarations } from '../../stacks';

const folder = mkdtempSync(join(tmpdir(), 'fleet-cost-'));
const file = join(folder, 'Pulumi.test.yaml');

const declaration = {
  ...declarations.alpha,
  hosts: ['s-4vcpu-8gb', 's-2vcpu-4gb'].map((size, index) => ({
    ...declarations.alpha.hosts[0],
    name: `host${index}`,
    size,
  })),
};

test.each([
  [
    'without a stack file',
    undefined,
    76,
    'costs: $76.00 a month at list prices, for 2 droplets (s-4vcpu-8gb, s-2vcpu-4gb) and 4 uptime checks',
  ],
  [
    'without a standby',
    'config:\n  fleet:zone: {id: z}\n',
    76,
    'costs: $76.00 a month at list prices, for 2 droplets (s-4vcpu-8gb, s-2vcpu-4gb) and 4 uptime checks',
  ],
  [
    'with a standby',
    'config:\n  fleet:standby:\n    host1: {everyMinutes: 5}\n',
    100,
    'costs: $100.00 a month at list prices, for 3 droplets (s-4vcpu-8gb, s-2vcpu-4gb, s-2vcpu-4gb) and 4 uptime checks',
  ],
  [
    'with an empty stack file',
    '',
    76,
    'costs: $76.00 a month at list prices, for 2 droplets (s-4vcpu-8gb, s-2vcpu-4gb) and 4 uptime checks',
  ],
])('%s', (_, content, usd, line) => {
  rmSync(file, { force: true });
  if (content !== undefined) writeFileSync(file, content);
  const cost = monthlyCost(declaration, file);
  expect([cost.usd, costLine(cost)]).toEqual([usd, line]);
});
