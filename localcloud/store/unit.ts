/** How the store is started: by the unit that README has a person install, read with systemd's eyes, so that rehearsals run the same line. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const UNIT = join(__dirname, '../../ops/store/fleet-store.service');

export interface StorePlaces {
  /** Address and port, as versitygw takes them. */
  listen: string;
  region: string;
  /** Folder of everything that the store keeps. */
  state: string;
  /** Files of the certificate and its key; without, the store speaks plain HTTP. */
  tls?: { certificate: string; key: string };
}

/** Arguments of versitygw, without the program itself. */
export function storeArguments({ listen, region, state, tls }: StorePlaces): string[] {
  const values: Record<string, string> = {
    LISTEN: listen,
    REGION: region,
    STATE_DIRECTORY: state,
    CERTIFICATE: tls?.certificate ?? '',
    CERTIFICATE_KEY: tls?.key ?? '',
  };
  const [, line] = /^ExecStart=(.*)$/m.exec(readFileSync(UNIT, 'utf8').replace(/\\\n/g, ' ')) ?? [];
  if (line === undefined) throw new Error(`${UNIT} starts nothing`);
  const [, ...words] = line.trim().split(/\s+/);
  return words.map((word) =>
    word.replace(/\$\{(\w+)\}/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined)
        throw new Error(`${UNIT} takes ${name} from its environment, which nothing here gives it`);
      return value;
    }),
  );
}
