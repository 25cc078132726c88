/** What a fleet's generated documents are written from, beside its declarations. */

/** Who is told, and where one logs in. What no document states is a gap, not a guess. */
export interface Contact {
  role: string;
  who: string;
  /** How to reach them. */
  by: string;
  when: string;
}

export interface Console {
  what: string;
  /** Where one logs in; undefined where no document says. */
  at?: string;
  /** Whose credentials open it; undefined where no document says. */
  whose?: string;
}

export interface Severity {
  level: string;
  /** Within which somebody acts. */
  within: string;
  means: string;
  told: string;
}

/**
 * What the fleet relies on and does not run: each with what happens without it. Data for the generated documents; a rebuild needs none of
 * them but those that say so.
 */
export interface External {
  name: string;
  purpose: string;
  /** What is missing while it is down. */
  without: string;
  /** A rebuild cannot be done without it. */
  rebuildNeeds: boolean;
  /** Where one sees whether it works. */
  status?: string;
}

/**
 * What the documents name and the fleet does not have, or could not learn from them: each with why, and what would close it.
 * Data for the generated documents. What is here is not silently missing.
 */
export interface Gap {
  subject: string;
  /** Document and section. */
  source: string;
  why: string;
  /** What would close it. */
  closes: string;
}

/**
 * Everything that the fleet's documents name, each with how it ends: a service whose data the drill of its stack brings back and tries,
 * something external, or a gap with its reason. Data for the generated documents; a test fails when one leads nowhere or is missing.
 */
export type Ending =
  /** Services by the name of their plan, and public names by their label with a leading dot. */
  | { works: string[] }
  /** Name in the externals. */
  | { external: string }
  /** Subject in the gaps. */
  | { gap: string };

export interface Named {
  subject: string;
  source: string;
  ends: Ending;
  /** Service that switches it on, in a host's extra services; off without. */
  option?: string;
  /** What one must know besides, such as what stands in for it in a drill. */
  note?: string;
}

/** Where the fleet's documents disagree, with each other or with themselves, and the reading that the declaration follows. */
export interface Contradiction {
  about: string;
  /** What is said, each with its document and section. */
  says: string[];
  taken: string;
}

export interface Contacts {
  severities: Severity[];
  /** Who acts after which time. */
  escalation: string[];
  people: Contact[];
  consoles: Console[];
}

export interface Contradictions {
  /** Which documents describe the fleet, and which of them wins. */
  documents: string;
  sections: Array<{ title: string; entries: Contradiction[] }>;
}

/** Figures that a claim is held against, in words. */
export interface Facts {
  /** Data of an agent that may be lost. */
  agentLoss: string;
  /** How often an agent's work is written to git. */
  checkpoint: string;
  /** How long ago a moment may be that can still be restored. */
  keptDays: number;
  /** An agent may move from host to host. */
  agentsMove: boolean;
}

export interface Claims {
  /** Document and section. */
  source: string;
  /** The claim, whether it holds, and what is so today. */
  rows: (facts: Facts) => Array<[claim: string, holds: string, today: string]>;
}
