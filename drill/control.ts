/** What a drill does to the embedded cloud from outside, and what it sees of it. */
import { ask } from './ask';
import { required } from '../stacks/model/required';
import type { OnCloud } from './context';

export interface SeenDroplet {
  id: number;
  name: string;
  address: string;
  status: string;
  tags: string[];
  reservedIps: string[];
}

export interface SeenRequest {
  at: string;
  method: string;
  path: string;
  status: number;
}

/** Asks the control API for something; what it does not do is an error. */
export const control = <T = unknown>(
  { cloud }: Pick<OnCloud, 'cloud'>,
  path: string,
  body?: unknown,
  method = 'POST',
): Promise<T> => ask<T>(`${cloud.control}/${path}`, { method, body });

/** Every droplet there is, whatever its state. */
export const dropletsSeen = async (drill: OnCloud): Promise<SeenDroplet[]> =>
  (await control<{ droplets: SeenDroplet[] }>(drill, 'droplets', undefined, 'GET')).droplets;

/** One of them. */
export const dropletSeen = async (drill: OnCloud, id: number): Promise<SeenDroplet> =>
  required(
    (await dropletsSeen(drill)).find((one) => one.id === id),
    `droplet ${id}`,
  );

/** The requests to the two APIs since the log was cleared. */
export const requestsSeen = async (drill: OnCloud): Promise<SeenRequest[]> =>
  (await control<{ requests: SeenRequest[] }>(drill, 'requests', undefined, 'GET')).requests;

export const forgetRequests = (drill: OnCloud): Promise<unknown> => control(drill, 'requests', undefined, 'DELETE');
