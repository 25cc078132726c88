/** What the program imports is found in the same place by whoever runs it: Node looks for NAME.json before a runner looks for NAME.ts. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

test.each(['stacks', 'services', 'components', 'scripts', 'drill', 'engine', 'localcloud'])(
  'no module in %s shares its name with a file that is found before it',
  (folder) => {
    const modules = (readdirSync(join(ROOT, folder), { recursive: true }) as string[]).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.includes('node_modules'),
    );
    expect(modules.length).toBeGreaterThan(5);
    expect(
      modules.filter((name) =>
        ['.js', '.json', '.node'].some((ending) => existsSync(join(ROOT, folder, name.replace(/\.ts$/, ending)))),
      ),
    ).toEqual([]);
  },
);
