/** What a service file may know: its host's share of the declaration and settings. */
import type { Agent, Declaration, Host } from '../stacks';
import type { Settings } from '../stacks/model/settings';
import type { Site } from './plan';

/** What services are told of their declaration as it is. */
type Shared = 'fleet' | 'forge' | 'certificates' | 'objectives' | 'backup' | 'health' | 'models' | 'refs';

export interface Context extends Pick<Declaration, Shared> {
  host: Host;
  /** Fully qualified public names of the host; the first one is the forge's. */
  publicNames: string[];
  /** DNS zone of the fleet. */
  zone: string;
  /** Where agents and services reach the forge: loopback on the forge's own host, the public name elsewhere. */
  forgeUrl: string;
  /** On a site of a store: how the sites follow each other, and where the other one is. */
  site?: NonNullable<Declaration['sites']> & {
    other: { host: string; name: string };
    publicKey: string;
    region: string;
  };
  /** Whether the forge runs on this host, so that services can wait for it. */
  forgeIsHere: boolean;
  forgeAdmin: { name: string; email: string };
  telegramChat?: string;
  /** Second place of the repositories. */
  mirror?: Settings['mirror'];
  /** Agents that live on this host. */
  agents: Agent[];
  /** Public names that services of this host claim. */
  sites: Site[];
}
