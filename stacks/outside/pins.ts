/** What each artifact must be: written by `fleet artifacts pin`, read by the table of artifacts. */
import pinned from './pinned.json';

export interface Pin {
  /** Of another version it says nothing. */
  version: string;
  /** SHA-256 of the download, or commit of a source. */
  pin: string;
  /** Where the checksum was read, or what it was checked against. */
  source: string;
  checked: string;
}

/** The pin of this version, or null where nobody has read one. */
export const pinOf = (name: string, version: string): string | null => {
  const found = (pinned as Record<string, Pin>)[name];
  return found?.version === version ? found.pin : null;
};
