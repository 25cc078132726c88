/** Every way to break the fleet that the drill knows, in the order in which `--fault all` tries them. */
import { EXIT, UserError } from '../../scripts/lib/errors';
import { agentMoved } from './agent-moved';
import { apiBursts, apiCut, apiSlow } from './api';
import { apiLies } from './rows/api-lies';
import { byHand } from './rows/by-hand';
import { acmeAway, acmeLimits, certificateExpired } from './certificates';
import { clockWrong } from './clock';
import { diskFull } from './disk';
import { deadForAYear } from './dead-for-a-year';
import { dnsOld } from './dns';
import { artifactMirror, downloadsBroken } from './downloads';
import { engineKilled } from './engine-killed';
import type { Fault } from './fault';
import { hostDestroyed, hostDestroyedAgain } from './host';
import { hostHung, hostPartitioned } from './listed';
import { onlyTheKit } from './kit';
import { lockLeft } from './lock';
import { backupsProved } from './proof';
import { pruneKilled } from './prune-killed';
import { nameAdded } from './name-added';
import { refusals } from './refusals';
import { restorePointCorrupt } from './restore-point-corrupt';
import { hostReplaced, replacementKilled } from './replaced';
import { operatorDied, twoOperators } from './operators';
import { secondPlace } from './second-place';
import { siteLost, storeLost } from './sites';
import { standbyPromoted, standbyPromotedBeside } from './standby';
import { storeAttacked } from './store-attacked';
import { storeAway } from './store-away';
import { vendorApt } from './vendor-apt';

export const faults: Fault[] = [
  backupsProved,
  hostDestroyed,
  engineKilled,
  hostDestroyedAgain,
  onlyTheKit,
  hostHung,
  hostPartitioned,
  hostReplaced,
  replacementKilled,
  standbyPromoted,
  standbyPromotedBeside,
  apiBursts,
  apiSlow,
  apiCut,
  vendorApt,
  artifactMirror,
  downloadsBroken,
  dnsOld,
  lockLeft,
  twoOperators,
  operatorDied,
  diskFull,
  storeAway,
  storeLost,
  siteLost,
  clockWrong,
  secondPlace,
  agentMoved,
  certificateExpired,
  acmeAway,
  acmeLimits,
  nameAdded,
  byHand,
  apiLies,
  restorePointCorrupt,
  pruneKilled,
  deadForAYear,
  storeAttacked,
  ...refusals,
];

/** The fault of that name; an unknown one is a usage error that names what there is. */
export function faultOf(kind: string): Fault {
  const found = faults.find((fault) => fault.kind === kind);
  if (!found)
    throw new UserError(`There is no fault "${kind}".`, 'fleet drill --list-faults shows what there is.', EXIT.usage);
  return found;
}
