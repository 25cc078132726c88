/**
 * Evennia, the academy ("Fleet Topology", "Hosts"): the engine from the Python index, the game from its repository, the database
 * beside both. No document states a port: these are Evennia's own defaults, on loopback until somebody decides otherwise.
 */
import { evennia as artifact, pythonPackages } from './artifacts';
import type { Service } from './service';
import { ownRepository, sourced } from './sourced';

export const evennia: Service = {
  plan: (context) => {
    const plan = sourced(context, {
      name: 'evennia',
      kind: 'evennia',
      description: 'Evennia, the academy',
      impact: 'The academy is closed.',
      repository: ownRepository(context, 'academy'),
      packages: pythonPackages,
      http: { port: 4001, path: '/', purpose: 'website of the academy' },
      ports: [
        { port: 4000, protocol: 'tcp', scope: 'loopback', purpose: 'telnet of the academy' },
        { port: 4002, protocol: 'tcp', scope: 'loopback', purpose: 'web socket of the academy' },
        { port: 4005, protocol: 'tcp', scope: 'loopback', purpose: 'Evennia, between its web server and its proxy' },
        { port: 4006, protocol: 'tcp', scope: 'loopback', purpose: 'Evennia, between portal and server' },
      ],
      database: 'evennia.db3',
      secretEnvironment: { EVENNIA_SECRET: 'evenniaSecretKey' },
      needs: { memoryMiB: 768, diskGiB: 5 },
    });
    return {
      ...plan,
      artifacts: [artifact],
      units: plan.units.map((unit) => ({
        ...unit,
        content: unit.content.replace('/services/sourced/run', '/services/evennia/run'),
      })),
    };
  },
  secrets: [{ key: 'evenniaSecretKey', purpose: 'secret key of the academy’s sessions', generate: 'token' }],
};
