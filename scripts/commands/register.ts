import type { Command } from 'commander';

/** `fleet register`: hosts that were there before, what runs on them, and where it is to go. */
export function register(program: Command): void {
  program
    .command('register')
    .description('show what runs on hosts that were there before, where it is to go, and what blocks it')
    .option('--fleet <name>', 'fleet whose register is shown (the only one if not named)')
    .option('--without <machine>', 'show what breaks while this machine is away, today and in the target')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      `
Shows machines, every workload, lane, tunnel, remote, checkout path, sink and pipeline with its owner, wave and method, the waves with what blocks each,
and what is open: a field that the fleet's document leaves blank is a finding, no error. Nothing is asked or touched outside.

Examples:
  fleet register
  fleet register --without workstation
  fleet register --json | jq '.findings[] | select(.kind == "blank")'`,
    )
    .action(async ({ fleet, without, json }: { fleet?: string; without?: string; json?: boolean }) => {
      const { machineOf, registerOf } = await import('../register/find');
      const found = registerOf(fleet);
      const print = (text: string) => process.stdout.write(`${text}\n`);
      if (without !== undefined) {
        const { blastRadius } = await import('../../stacks/model/register/blast');
        const { blastTables } = await import('../register/blast');
        const radius = blastRadius(found, machineOf(found, without));
        print(json ? JSON.stringify({ fleet: found.name, ...radius }) : blastTables(radius));
      } else if (json) {
        const { stepsOf } = await import('../../stacks/model/register/blockers');
        const { findingsOf } = await import('../../stacks/model/register/findings');
        print(JSON.stringify({ ...found, steps: stepsOf(found), findings: findingsOf(found) }));
      } else print((await import('../register/tables')).registerTables(found));
    });
}
