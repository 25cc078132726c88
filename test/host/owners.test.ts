/**
 * Root touches nothing that a service's user can change: a script uses a path of a service's data only as an argument of what runs as its owner.
 * Which variables hold such paths is worked out from where they come from, so a new script is held to this without being named here.
 */
import { execFileSync } from 'child_process';
import { mkdtempSync, readFileSync, statSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { SCRIPTS } from '../../scripts/sandbox/sandbox';

interface Script {
  file: string;
  text: string;
}

const all: Script[] = execFileSync('find', [SCRIPTS, '-type', 'f', '-printf', '%P\n'], { encoding: 'utf8' })
  .trim()
  .split('\n')
  .sort()
  .map((file) => ({ file, text: readFileSync(join(SCRIPTS, file), 'utf8') }))
  .filter(({ file, text }) => file.endsWith('.sh') || /^#!.*\b(ba)?sh\b/.test(text));
/** What the services' own users run needs no helper: it is these users already. */
const OF_USERS =
  /^(ship-hook|services\/(sourced|evennia|actions-runner)\/(run|checkout)|services\/hermes-agent\/checkpoint|services\/ollama\/models|services\/api-token\/gitea-api\.sh|services\/repository-mirror\/(common\.sh|push|compare))$/;
const scripts = all.filter(({ file }) => !OF_USERS.test(file));

/** Where such a path comes from: a plan, or a folder that is given to an owner or lent to his programs. */
const SOURCE =
  /\b(plan|jq -r) ['"]?[^)]*(\.dataset\.(database|repositories|files\.paths)|\.users\[0\]\.home)|\bowner_scratch\b/;
/** What load_plan sets. */
const LOADED = ['DATABASE', 'ROOT', 'USER_HOME', 'FILE_PATHS'];
/** What runs its arguments as their owner. */
const AS_OWNER = [
  'as_owner',
  'owned',
  'of_journal',
  'read_owned',
  'owners_shell',
  'as_placed',
  'empty_owned',
  'query',
  'gitea',
  'speak',
  'drop_signal',
  'end_signal',
  'restic_store',
  'restic_at',
  'only_key',
  '"\\$\\{OWNER_COMMAND\\[@\\]\\}"',
];
/** What only tells of a path, or compares its text. */
const TELLS = [
  'printf',
  'echo',
  'litestream_fetched',
  'kept',
  'kept_below',
  'basename',
  'export',
  '\\[\\[ (-n|-z) ',
  '\\[\\[ "?\\$\\w+"? [!=]= ',
  'plan',
  'jq --arg',
  'sed -e',
  'dirname',
  'fail',
  'log',
  'alarm',
  'for',
  'case',
];
/** Functions and programs that get such a path and are held to the same rule themselves. */
const HELD = [
  'check_database',
  'database_state',
  'database_newest',
  'database_caught_up',
  'copy_database',
  'copy_outdated',
  'opens_like',
  'shadow_directory',
  'ship_path',
  'add_user',
  '"\\$FLEET_LIB/restore-repository"',
];
/** litestream reads and writes beside a database as root; a home is made in a folder of root's. */
const KNOWN = [
  /^(with_store )?litestream restore -config "\$(WORK|FLEET_ETC)\/litestream\.yml"/,
  /^useradd --system .*--no-create-home/,
  /^install -d -o "\$name" -g "\$name" -m 0750 "\$home"$/,
  /^\[\[ -d "\$home" \]\]$/,
];

/** Functions that some script lends to a shell of an owner. */
const LENT = scripts.flatMap(({ text }) =>
  [...text.matchAll(/\bowners_shell "\$\w+" ('([\w ]+)'|\w+)/g)].flatMap(([, words, quoted]) =>
    (quoted ?? words).split(' '),
  ),
);

/** The text of a script without comments, messages, texts for other shells, and the functions that run in a shell of the owner. */
function codeOf(text: string): string {
  const plain = text
    .split('\n')
    .map((line) => (/^\s*#/.test(line) ? '' : line.replace(/\s# .*$/, '')))
    .join('\n')
    .replace(/(\\|\||&&)\n\s*/g, (_, end: string) => (end === '\\' ? ' ' : `${end} `));
  return LENT.reduce(
    (rest, name) => rest.replace(new RegExp(`^${name}\\(\\) \\{[^\\n]*\\}$|^${name}\\(\\) \\{$[^]*?^\\}$`, 'm'), ''),
    plain,
  )
    .replace(/\b(fail|log|alarm) (?:\d+ |"\$\w+" )?"(?:(?!\$\()[^"])*"/g, '$1')
    .replace(/'[^']*'/g, "''")
    .replace(/\$\((staging|fetched|plan)\b[^()]*\)/g, '');
}

/** Its commands, taken apart at what separates commands. */
const commandsOf = (text: string) =>
  codeOf(text)
    .split(
      /\n|\|\||&&|\||;|\$\(|<\(|\bthen\b|\bdo\b|\belse\b|\belif\b|\bif\b|\bwhile\b|\buntil\b|\w+\(\) \{|(?<=\s)\{ |^\s*! /,
    )
    .map((command) =>
      command
        .trim()
        .replace(/^(! |\()+/, '')
        .replace(/^(''|[\w*-]+( \| [\w*-]+)*)\) /, '')
        .replace(/^poll \S+ /, ''),
    )
    .filter(Boolean);

const used = (command: string, names: Set<string>) =>
  [...command.matchAll(/\$\{?!?(\w+)/g)].map(([, name]) => name).filter((name) => names.has(name));

/** Variables of a script that hold a path of a service's data. */
function pathsOf(text: string, known: Iterable<string>): Set<string> {
  const names = new Set(known);
  const lines = text.replace(/\\\n\s*/g, ' ').split('\n');
  const begins = (value: string) => used(/^"?(?:\$\(dirname )?"?(\$\{?\w+)/.exec(value)?.[1] ?? '', names).length > 0;
  for (let before = -1; before < names.size;) {
    before = names.size;
    for (const line of lines) {
      const assigned =
        /^\s*(?:local |export |readonly )*((?:\w+=(?:"(?:\$\([^)]*\)|[^"])*"|\$\([^)]*\)|\S*)\s*|\w+\s+)+)/.exec(
          line,
        )?.[1] ?? '';
      for (const [, name, value] of assigned.matchAll(/(\w+)=("(?:\$\([^)]*\)[^"]*|[^"])*"|\$\([^)]*\)|\S*)/g))
        if (SOURCE.test(value) || begins(value)) names.add(name);
      const listed = /mapfile -t (\w+) < <\((.*)/.exec(line);
      if (listed && SOURCE.test(listed[2])) names.add(listed[1]);
      const looped = /\bfor (\w+) in (.*?); do/.exec(line);
      if (looped && used(looped[2], names).length) names.add(looped[1]);
      // What is given to an owner is his from then on.
      const given = /\binstall -d -o "\$\w+" (?:-\w+ \S+ )*"\$(\w+)"/.exec(line);
      if (given) names.add(given[1]);
    }
  }
  return names;
}

function problemsOf({ file, text }: Script, known: Iterable<string>): string[] {
  const names = pathsOf(text, known);
  const well = new RegExp(
    `^(local |export |mapfile )?((\\w+\\+?=(\\([^)]*\\)|"[^"]*"|\\S*)\\s*)*$|(${[...AS_OWNER, ...TELLS, ...HELD].join('|')})(?![\\w-]))`,
  );
  return commandsOf(text)
    .filter(
      (command) => used(command, names).length > 0 && !well.test(command) && !KNOWN.some((one) => one.test(command)),
    )
    .map((command) => `${file}: ${command}`);
}

test('paths of a service’s data are touched as their owner only', () => {
  const known = new Set(LOADED);
  // What a library sets, the scripts that read it have.
  for (const { file, text } of scripts)
    if (file.endsWith('.sh')) for (const name of pathsOf(text, LOADED)) if (/^[A-Z_]+$/.test(name)) known.add(name); // by habit, what others use is written large
  expect([...known].sort()).toEqual(
    expect.arrayContaining(['DATA', 'JOURNAL', 'REPOSITORIES', 'SOURCED_HOME', 'TOKEN']),
  );
  expect(scripts.flatMap((script) => problemsOf(script, known))).toEqual([]);
});

test.each([
  [
    'reads a file of a service by its name',
    'home="$(plan \'.users[0].home\')"\nat="$(jq -r .at "$home/heartbeat.json")"',
  ],
  ['runs git in a checkout of a service', 'git -c safe.directory=x -C "$ROOT/source" rev-parse HEAD'],
  ['gives files away by name', 'for path in "${FILE_PATHS[@]}"; do\n  chown -hR "$OWNER:" "$path"\ndone'],
  [
    'writes where an owner may have put a link',
    'install -d -o "$OWNER" -m 0700 "$directory"\nawk 1 list >"$directory/want"',
  ],
  ['looks, and then opens', 'database="$(plan .dataset.database.path)"\n[[ -s "$database" ]] && cat "$database"'],
])('a script that %s is found', (_, text) => {
  expect(problemsOf({ file: 'script', text }, LOADED)).not.toEqual([]);
});

test('a home that a plan made root’s stays root’s, whoever adds its user again', () => {
  const home = mkdtempSync(join(tmpdir(), 'fleet-home-'));
  const line = '. "$FLEET_LIB/lib/common.sh"; . "$FLEET_LIB/lib/host.sh"; add_user daemon "$1" /bin/sh';
  execFileSync('bash', ['-euc', line, 'add', home], { env: { ...process.env, FLEET_LIB: SCRIPTS } });
  expect(statSync(home).uid).toBe(0);
});
