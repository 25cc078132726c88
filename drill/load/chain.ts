/** Commits that are pushed one by one: made many at a time, so that a push costs this machine no more than the push. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../seed/git';
import { Random } from '../seed/random';
import { line } from '../seed/words';
import { required } from '../../stacks/model/required';

const BATCH = 200;
/** Of the first commit; the later ones follow a second apart. */
const EPOCH = 1_767_225_600;

export interface ChainedCommit {
  id: string;
  /** Undefined for the first. */
  parent?: string;
}

/** A line of commits in a bare repository at `dir`; the same seed and name give the same commits. */
export class CommitChain {
  private ready: ChainedCommit[] = [];
  private made = 0;
  private tip: string | undefined;
  private readonly random: Random;

  constructor(
    private readonly env: Record<string, string>,
    readonly dir: string,
    private readonly name: string,
    seed: number,
  ) {
    this.random = new Random(seed);
  }

  /** Makes the empty repository and the first commits. */
  async prepare(): Promise<void> {
    await git(this.env, ['init', '--quiet', '--bare', '--initial-branch=main', this.dir]);
    await this.extend();
  }

  /** The next commit of the line. */
  async next(): Promise<ChainedCommit> {
    if (this.ready.length === 0) await this.extend();
    return required(this.ready.shift(), 'a commit');
  }

  private async extend(): Promise<void> {
    const commits: string[] = [];
    for (let n = 1; n <= BATCH; n++) {
      const revision = ++this.made;
      const who = `Fleet drill <drill@fleet.invalid> ${EPOCH + revision} +0000`;
      const message = `Revision ${revision} of ${this.name}`;
      const content = `${revision}\n${line(this.random, 20, 200)}\n`;
      const from = n === 1 && this.tip ? `from ${this.tip}\n` : '';
      commits.push(
        `commit refs/heads/main\nmark :${n}\nauthor ${who}\ncommitter ${who}\ndata ${message.length}\n${message}\n${from}M 100644 inline journal.txt\ndata ${content.length}\n${content}\n`,
      );
    }
    const marks = join(this.dir, 'marks');
    await git(this.env, ['fast-import', '--quiet', '--date-format=raw', `--export-marks=${marks}`], {
      cwd: this.dir,
      input: commits.join(''),
    });
    const ids = new Map(
      readFileSync(marks, 'utf8')
        .trim()
        .split('\n')
        .map((mark) => mark.split(' ') as [string, string]),
    );
    for (let n = 1; n <= BATCH; n++) {
      const id = required(ids.get(`:${n}`), `commit ${n}`);
      this.ready.push({ id, parent: this.tip });
      this.tip = id;
    }
  }
}
