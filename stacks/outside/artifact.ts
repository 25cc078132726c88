/** Shapes of a program from outside: what is fetched, from where, how it is laid out, and how one knows that it is the right one. */

interface Named {
  /** In lower case: the file name of its marker on a host, and its key among the pins. */
  name: string;
  version: string;
  /** Where it is fetched: a file, the Python index, or a git repository. Empty where only a mirror has it. */
  url: string;
}

/** How its makers vouch for a download. */
export interface Published {
  /** Where the checksum is, or the release that GitHub itself computed a digest of. */
  url: string;
  /**
   * `sums`: lines of checksum and name, or one checksum alone. `clearsigned`: the same inside an OpenPGP signature. `github-digest`: no file; the
   * release's assets in GitHub's API carry a `digest`.
   */
  form: 'sums' | 'clearsigned' | 'github-digest';
}

/** A file that its makers publish, ready to run. */
export interface Download extends Named {
  layout: 'binary' | 'tar.gz' | 'tar.zst' | 'zip';
  /** What of the archive is needed at run time: path in it (a last part may end in `*`) → folder below /usr/local. A binary has no paths. */
  members: Record<string, string>;
  published: Published;
  /** SHA-256 of the file at `url`; null until `fleet artifacts pin` has read it. */
  pin: string | null;
}

/** A program of the Python index with all that it needs, pinned by a lock with hashes: `host/locks/<name>.txt`. Laid out in /usr/local/share/<name>. */
export interface PythonProgram extends Named {
  layout: 'python';
}

/** A program of which nobody publishes a binary: built on the host, after everything that the names wait for. */
export interface SourceProgram extends Named {
  layout: 'source';
  /** Commit of the repository at `url`, which pins its submodules too. */
  pin: string | null;
  /** Debian packages that only its build needs. */
  buildPackages: string[];
  /** Commands in the checkout, in turn. */
  build: string[];
  /** As of a download. */
  members: Record<string, string>;
}

/** A program that only a mirror of the fleet's own can supply: `<mirror>/<name>-<version>.tar`, laid out from /usr/local. */
export interface Unpublished extends Named {
  layout: 'tree';
  /** SHA-256 of that file. */
  pin: string | null;
}

export type Artifact = Download | PythonProgram | SourceProgram | Unpublished;
