/** Every generated document, and where they are. */
import { contactsPage } from './contacts';
import { contradictionsPage } from './contradictions';
import type { DocumentedFleet } from './fleet';
import { openGaps } from './gaps';
import { incidentReview } from './incident';
import { inventory } from './inventory';
import type { Measurement } from './measured';
import { page, table } from './markdown';
import { narrative } from './narrative';
import { redundancy } from './redundancy';
import { runbook } from './runbook';
import type { SeenService } from './seen';
import { topology } from './topology';

/** Where the documents of a fleet are, below the project. */
export const folderOf = (fleet: DocumentedFleet): string => `docs/generated/${fleet.name}`;

export interface Source {
  fleet: DocumentedFleet;
  measurement?: Measurement;
  seen: SeenService[];
  now: Date;
}

interface Document {
  file: string;
  /** When one opens it. */
  for: string;
  render(source: Source): string;
}

const documents: Document[] = [
  {
    file: 'recovery-runbook.md',
    for: 'a host is gone: what the program does, and the same by hand',
    render: ({ fleet }) => runbook(fleet),
  },
  {
    file: 'topology.md',
    for: 'who is where, what it costs, who may talk to whom, with a picture',
    render: ({ fleet }) => topology(fleet),
  },
  { file: 'redundancy.md', for: 'every single point of failure', render: ({ fleet }) => redundancy(fleet) },
  {
    file: 'services.md',
    for: 'every service: unit, user, ports, data, objectives, verification',
    render: ({ fleet, seen }) => inventory(fleet, seen),
  },
  {
    file: 'contacts.md',
    for: 'whom to tell, where to log in, what a host is rebuilt from',
    render: ({ fleet }) => contactsPage(fleet),
  },
  {
    file: 'incident-review.md',
    for: 'what is filled in after an incident',
    render: ({ fleet }) => incidentReview(fleet),
  },
  {
    file: 'open-gaps.md',
    for: 'what the fleet does not have, and why',
    render: ({ fleet, seen }) => openGaps(fleet, seen),
  },
  {
    file: 'contradictions.md',
    for: 'where the fleet’s documents disagree, and the reading taken',
    render: ({ fleet }) => contradictionsPage(fleet),
  },
  {
    file: 'client-narrative.md',
    for: 'what clients are told',
    render: ({ fleet, measurement, now }) => narrative(fleet, measurement, now),
  },
];

/** The text of every document by its file name, the index included. */
export function rendered(source: Source): Map<string, string> {
  return new Map([
    ['README.md', index(source.fleet)],
    ...documents.map(({ file, render }): [string, string] => [file, render(source)]),
  ]);
}

const index = ({ keepers }: DocumentedFleet): string =>
  page(
    'Generated documents',
    `Written by \`bin/fleet docs\` from the declaration in \`stacks/\` and \`services/\`. ${keepers} Only what \`client-narrative.md\` says is for clients. To be read again when the fleet grows or a host moves, and after each drill or recovery.`,
    table(
      ['document', 'for'],
      documents.map((one) => [`[${one.file}](${one.file})`, one.for]),
    ),
  );
