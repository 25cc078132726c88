/** "Machine Roles": three machines, the node that one of them becomes, and a fourth that only the tunnels know. */
import type { Machine } from '../model/register/schema';
import { section } from './written';

const roles = section('Machine Roles');

export const machines: Machine[] = [
  {
    name: 'railiance01',
    kind: 'server',
    identity: null,
    address: '92.205.62.239',
    frozen: false,
    madeFrom: null,
    today:
      'first ThreePhoenix foundation node: activity-core production, partial State Hub cluster footprint, automation schedules',
    target: 'production home: State Hub primary, forge, CI runners, automation loop',
    origin: roles('S2-13', 'S2-14', 'S2-15'),
  },
  {
    name: 'coulombcore',
    kind: 'server',
    identity: null,
    address: '92.205.130.254',
    frozen: true,
    madeFrom: null,
    today:
      'de-facto production host: State Hub cluster primary, Core Hub, issue-core, OpenBao, identity stack, ESO and ArgoCD, Gitea and its registry',
    target: 'frozen: drained workload by workload, wiped, reborn as railiance02',
    origin: roles('S2-16', 'S2-17', 'S2-18'),
  },
  {
    name: 'railiance02',
    kind: 'server',
    identity: null,
    address: null,
    frozen: false,
    madeFrom: 'coulombcore',
    today: 'not there: it is coulombcore until wave 8',
    target: 'second node: distributed storage and replicated Postgres become possible',
    origin: section('Phoenix Path')('S2-18', 'S2-76', 'S2-78'),
  },
  {
    name: 'workstation',
    kind: 'client',
    identity: 'bnt-lap001 / WSL2',
    address: null,
    frozen: false,
    madeFrom: null,
    today:
      'production network hub: all 16 tunnels, endpoint of the State Hub, writebacks of the sweep, image builds, checkouts of 74 repositories',
    target: 'temporary development environment; nothing in the production loop may depend on it being on',
    origin: roles('S2-19', 'S2-20', 'S2-21'),
  },
  {
    name: 'haskelseed',
    kind: 'experimental',
    identity: null,
    address: null,
    frozen: false,
    madeFrom: null,
    today: 'experiments, and a build daemon; named in the list of tunnels only',
    target: null,
    origin: section('Current topology')('S2-22'),
  },
];
