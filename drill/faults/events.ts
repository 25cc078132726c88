/** Events of an engine that mean that something is made or run, told by the resource's readable name. */
import { readableUrn, type EngineEvent } from '../../scripts/engines/engine';

/** A refresh has steps, too, and a replacement ends in ones that only note it. */
const WORKING = ['create', 'update', 'create-replacement'];

/** Whether the engine begins (`step-start`) or has ended (`step-done`) work on one of these, such as `Command HOST-provision`. */
export const worksOn = (event: EngineEvent, kind: 'step-start' | 'step-done', ...names: string[]): boolean =>
  event.kind === kind && WORKING.includes(event.op) && names.includes(readableUrn(event.urn));
