/** When systemd is told to read its units again: it holds up every login, and is needed only for what it has read already. */
import { Ground } from '../properties/support';

let ground: Ground;
beforeEach(() => (ground = new Ground()));
afterEach(() => ground.remove());

const install = (needed: string, units: string[]) => {
  ground.standIn('systemctl', `echo "$*" >>"$GROUND/systemctl"; case "$*" in show*) printf '${needed}' ;; esac`);
  const plan = {
    name: 'forge',
    users: [],
    directories: [],
    files: [],
    units: units.map((name) => ({ name, content: '[Service]\n', start: true })),
  };
  expect(ground.run('install', ['forge'], { input: JSON.stringify(plan) })).toMatchObject({
    code: 0,
    err: 'install: forge is installed and not started\n',
  });
  return ground.said('systemctl').trim().split('\n').filter(Boolean);
};

test.each<[string, string, string[], string[]]>([
  ['new ones only', 'no\\n\\nno\\n', ['forge.service', 'forge.timer'], []],
  ['one that changed since it was read', 'no\\n\\nyes\\n', ['forge.service', 'forge.timer'], ['daemon-reload']],
])('units are installed, %s', (_, needed, units, told) => {
  expect(install(needed, units)).toEqual([`show --value -p NeedDaemonReload ${units.join(' ')}`, ...told]);
});

test('of a template its instances are asked for, because systemd knows no state of the template itself', () => {
  expect(install('no\\n', ['forge@.service'])).toEqual(['show --value -p NeedDaemonReload forge@*.service']);
});

test('without units nothing is asked', () => {
  expect(install('yes\\n', [])).toEqual([]);
});

test('units are enabled without a reload', () => {
  ground.shell('. "$FLEET_LIB/lib/units.sh"; enable_units --now a.service b.timer');
  expect(ground.said('systemctl')).toBe('-q enable --no-reload --now a.service b.timer\n');
});
