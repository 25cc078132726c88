/** What must hold in a register: its shape first, and where the shape holds the rules between its parts. All problems at once. */
import { problemsOf, type Problem } from '../validate';
import { registerSchema, targetOf, type Place, type Register, type Row } from './schema';

export function validateRegister(register: unknown, name = 'register'): Problem[] {
  const parsed = registerSchema.safeParse(register);
  if (!parsed.success) return problemsOf(parsed.error.issues, name);
  return [duplicates, references, tunnels, clients, frozen, order]
    .flatMap((rule) => rule(parsed.data))
    .map(({ path, message }) => ({ path: `${name}.${path}`, message }));
}

/** The places of a row, each with its path below the row. */
const placesOf = (row: Row): Array<[path: string, place: Place]> => {
  const target = targetOf(row);
  return [['today', row.today], ...(target ? [['target', target] as [string, Place]] : [])];
};

function duplicates({ machines, rows, duties, tasks }: Register): Problem[] {
  const seen = (ids: string[], pathOf: (index: number) => string): Problem[] =>
    ids.flatMap((id, index) =>
      ids.indexOf(id) < index ? [{ path: pathOf(index), message: `"${id}" is there twice; give it another name` }] : [],
    );
  return [
    ...seen(
      machines.map(({ name }) => name),
      (index) => `machines[${index}].name`,
    ),
    ...seen(
      [...rows, ...duties].map(({ id }) => id),
      (index) => (index < rows.length ? `rows[${index}].id` : `duties[${index - rows.length}].id`),
    ),
    ...seen(
      tasks.map(({ id }) => id),
      (index) => `tasks[${index}].id`,
    ),
  ];
}

/** Whatever is named is there. */
function references({ machines, rows, duties, tasks, waves, promotion }: Register): Problem[] {
  const known = {
    machine: new Set(machines.map(({ name }) => name)),
    row: new Set(rows.map(({ id }) => id)),
    task: new Set(tasks.map(({ id }) => id)),
    wave: new Set(waves.map(({ number }) => String(number))),
  };
  const missing = (kind: keyof typeof known, names: string[], path: string, isList = true): Problem[] =>
    names.flatMap((name, index) =>
      known[kind].has(name)
        ? []
        : [
            {
              path: isList ? `${path}[${index}]` : path,
              message: `there is no ${kind} "${name}"; there are: ${[...known[kind]].join(', ')}`,
            },
          ],
    );
  const one = (kind: keyof typeof known, name: string | null, path: string) =>
    missing(kind, name === null ? [] : [name], path, false);
  return [
    ...machines.flatMap(({ madeFrom }, index) => one('machine', madeFrom, `machines[${index}].madeFrom`)),
    ...rows.flatMap((row, index) => [
      ...placesOf(row).flatMap(([path, { on, needs }]) => [
        ...missing('machine', on ?? [], `rows[${index}].${path}.on`),
        ...missing('row', needs, `rows[${index}].${path}.needs`),
      ]),
      ...missing('task', row.owner, `rows[${index}].owner`),
      ...one('wave', typeof row.wave === 'number' ? String(row.wave) : null, `rows[${index}].wave`),
    ]),
    ...duties.flatMap((duty, index) =>
      (['today', 'target'] as const).flatMap((when) => missing('row', duty[when], `duties[${index}].${when}`)),
    ),
    ...tasks.flatMap(({ after }, index) => missing('task', after, `tasks[${index}].after`)),
    ...waves.flatMap(({ tasks: named, gates }, index) => [
      ...missing('task', named, `waves[${index}].tasks`),
      ...gates.flatMap(({ owner }, gate) => one('task', owner, `waves[${index}].gates[${gate}].owner`)),
    ]),
    ...promotion.flatMap(({ owner }, index) => one('task', owner, `promotion[${index}].owner`)),
  ];
}

function tunnels({ rows }: Register): Problem[] {
  return rows.flatMap((row, index) =>
    row.kind !== 'tunnel'
      ? []
      : placesOf(row).flatMap(([path, { on }]) =>
          on && on.length !== 2
            ? [{ path: `rows[${index}].${path}.on`, message: 'a tunnel is between two machines; name both' }]
            : [],
        ),
  );
}

/** Nothing ever connects to a client, and in the target nothing passes through one. */
function clients({ machines, rows }: Register): Problem[] {
  const isClient = (name: string | undefined) =>
    machines.some((machine) => machine.name === name && machine.kind === 'client');
  return rows.flatMap((row, index): Problem[] => {
    const refused = (path: string, name: string, why: string) => ({
      path: `rows[${index}].${path}`,
      message: `${row.kind} "${row.id}" ${why} ${name}, a client; let the client open it`,
    });
    if (row.kind !== 'lane' && row.kind !== 'tunnel') return [];
    return placesOf(row).flatMap(([path, { on }]) =>
      (on ?? []).flatMap((name, hop, all) => {
        if (!isClient(name)) return [];
        if (hop === all.length - 1) return [refused(`${path}.on[${hop}]`, name, 'connects to')];
        return path === 'target' && hop > 0 ? [refused(`${path}.on[${hop}]`, name, 'passes through')] : [];
      }),
    );
  });
}

/** Nothing is to go where everything is to leave. Lanes lead there until it is empty. */
function frozen({ machines, rows }: Register): Problem[] {
  const isFrozen = (name: string) => machines.some((machine) => machine.name === name && machine.frozen);
  return rows.flatMap((row, index) =>
    row.kind === 'lane' || row.kind === 'tunnel'
      ? []
      : (targetOf(row)?.on ?? []).flatMap((name, at) =>
          isFrozen(name)
            ? [
                {
                  path: `rows[${index}].target.on[${at}]`,
                  message: `${name} is frozen; give "${row.id}" another target`,
                },
              ]
            : [],
        ),
  );
}

/** Waves are numbered as they follow each other, and no task waits for itself. */
function order({ waves, tasks }: Register): Problem[] {
  const after = new Map(tasks.map((task) => [task.id, task.after]));
  const leadsTo = (from: string, to: string, seen = new Set<string>()): boolean =>
    (after.get(from) ?? []).some((next) => next === to || (!seen.has(next) && leadsTo(next, to, seen.add(next))));
  return [
    ...waves.flatMap(({ number }, index) =>
      number === index + 1
        ? []
        : [{ path: `waves[${index}].number`, message: `wave ${number} stands where wave ${index + 1} belongs` }],
    ),
    ...tasks.flatMap(({ id }, index) =>
      leadsTo(id, id) ? [{ path: `tasks[${index}].after`, message: `task "${id}" waits for itself` }] : [],
    ),
  ];
}
