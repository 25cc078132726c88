/** Runs the jobs of one key after each other; jobs of different keys run side by side. */
export class Turns<K> {
  private readonly last = new Map<K, Promise<unknown>>();

  take<T>(key: K, job: () => Promise<T>): Promise<T> {
    const before = this.last.get(key) ?? Promise.resolve();
    const turn = before.then(job, job);
    const settled = turn
      .catch(() => undefined)
      .then(() => {
        if (this.last.get(key) === settled) this.last.delete(key);
      });
    this.last.set(key, settled);
    return turn;
  }
}
