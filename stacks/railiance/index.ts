/**
 * Register of the railiance fleet: hosts that were there before. Facts come from "Workstation Independence and Fleet Role Architecture"
 * (2026-07-03). No stack is declared: a machine that is not made here needs a driver of its own.
 */
import type { Register } from '../model/register/schema';
import { contradictions } from './contradictions';
import { gaps } from './gaps';
import { lanes, tunnels } from './lanes';
import { machines } from './machines';
import { promotion, tasks, waves } from './plan';
import { checkouts, pipelines, remotes } from './repositories';
import { duties, sinks } from './sinks';
import { workloads } from './workloads';

export const railiance: Register = {
  name: 'railiance',
  document: 'Workstation Independence and Fleet Role Architecture (2026-07-03, draft)',
  machines,
  rows: [...workloads, ...lanes, ...tunnels, ...remotes, ...checkouts, ...sinks, ...pipelines],
  duties,
  tasks,
  waves,
  promotion,
  gaps,
  contradictions,
};
