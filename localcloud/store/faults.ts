import type { Service } from '../daemon/service';
import { Turns } from '../hosts/turns';
import { age, corrupt, drop, type ObjectChoice } from './damage';
import type { RawObject } from './layout';

/** How a store is away: connections are taken and never answered, or refused. */
export type Absence = 'hang' | 'refuse';

/** What can happen to the store, for hosts and for whoever rebuilds them alike. */
export interface StoreFaults {
  /** Takes the store away until `back`; the last call decides how. */
  away(how: Absence): Promise<void>;
  back(): Promise<void>;
  absence(): Absence | undefined;
  corrupt(bucket: string, which: ObjectChoice): Promise<RawObject | undefined>;
  drop(bucket: string, prefix: string): Promise<number>;
  /** As if so many days had passed for a bucket. */
  age(bucket: string, days: number): Promise<void>;
}

/** The faults of the real store: its server's process and its files in `folder`. */
export class MachineStoreFaults implements StoreFaults {
  private how?: Absence;
  private readonly turns = new Turns<'store'>();

  constructor(
    private readonly service: Service,
    private readonly folder: string,
  ) {}

  away(how: Absence): Promise<void> {
    return this.turns.take('store', async () => {
      if (this.how === how) return;
      await this.service.back();
      if (how === 'refuse') await this.service.stop(0);
      else this.service.hang();
      this.how = how;
    });
  }

  back(): Promise<void> {
    return this.turns.take('store', async () => {
      await this.service.back();
      this.how = undefined;
    });
  }

  absence(): Absence | undefined {
    return this.how;
  }

  corrupt(bucket: string, which: ObjectChoice): Promise<RawObject | undefined> {
    return corrupt(this.folder, bucket, which);
  }

  async drop(bucket: string, prefix: string): Promise<number> {
    return drop(this.folder, bucket, prefix);
  }

  age(bucket: string, days: number): Promise<void> {
    return age(this.folder, bucket, days);
  }
}
