/** What a service file may know: its host's share of the declaration and settings. */
import type { Agent, Declaration } from '../stacks';

export interface Context {
  /** Fully qualified public names of the host; the first one is the forge's. */
  publicNames: string[];
  /** DNS zone of the fleet. */
  zone: string;
  /** Where agents reach the forge: loopback on the forge's own host, the public name elsewhere. */
  forgeUrl: string;
  forgeAdmin: { name: string; email: string };
  certificates: Declaration['certificates'];
  objectives: Declaration['objectives'];
  backup: Declaration['backup'];
  /** Agents that live on this host. */
  agents: Agent[];
}
