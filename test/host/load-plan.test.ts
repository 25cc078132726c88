/** A plan is read once and remembered, and what is remembered is never that of another plan or of other scripts. */
import { existsSync, statSync, utimesSync, writeFileSync } from 'fs';
import { join } from 'path';
import { Ground } from '../properties/support';

let ground: Ground;
beforeEach(() => {
  ground = new Ground();
  ground.standIn('jq', 'echo jq >>"$GROUND/read"; exec /usr/bin/jq "$@"');
});
afterEach(() => ground.remove());

const load = () => {
  const { code, out, err } = ground.shell(
    'read_plan forge; load_plan; printf "%s|%s|%s\\n" "$KIND" "$OWNER" "${STARTED_UNITS[*]}"',
  );
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
};
const readings = () => ground.said('read').split('\n').length - 1;
const plan = (owner: string) =>
  ground.plan({ dataset: { owner }, units: [{ name: 'forge.service', start: true }, { name: 'other.service' }] });

test('it is read once, and remembered for root only', () => {
  plan("o'dd $(owner)");
  for (const time of [1, 2, 3]) expect([time, load()]).toEqual([time, "forge|o'dd $(owner)|forge.service\n"]);
  expect(readings()).toBe(1);
  expect(statSync(join(ground.folder, 'run/plans/forge')).mode & 0o777).toBe(0o600);
});

test('another plan is read, also where it has the age of the one before to the second', () => {
  plan('one');
  utimesSync(join(ground.etc, 'services/forge.json'), 1000, 1000.25);
  expect(load()).toContain('|one|');
  plan('two');
  utimesSync(join(ground.etc, 'services/forge.json'), 1000, 1000.75);
  expect(load()).toContain('|two|');
});

test('other scripts read it themselves, because they may want more of it', () => {
  plan('one');
  load();
  utimesSync(join(ground.lib, 'lib/common.sh'), 2000, 2000);
  load();
  expect(readings()).toBe(2);
});

test('what is no plan is not remembered', () => {
  writeFileSync(join(ground.etc, 'services/forge.json'), '{"name":');
  expect(ground.shell('read_plan forge; load_plan').code).not.toBe(0);
  expect(existsSync(join(ground.folder, 'run/plans/forge'))).toBe(false);
});
