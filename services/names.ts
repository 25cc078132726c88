/** Fully qualified public name: `forge` in `example.org` is `forge.example.org`, `@` is the zone itself. */
export const publicName = (name: string, zone: string) => (name === '@' ? zone : `${name}.${zone}`);
