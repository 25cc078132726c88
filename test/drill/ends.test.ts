import { Ends } from '../../drill/ends';

test('everything is ended in the reverse order, also after a step that failed, and the failure is told', async () => {
  const done: string[] = [];
  const ends = new Ends();
  ends.defer(() => done.push('cloud'));
  ends.defer(async () => {
    done.push('stack');
    throw new Error('stack stays');
  });
  ends.defer(() => done.push('load'));
  await expect(ends.run()).rejects.toThrow('stack stays');
  expect(done).toEqual(['load', 'stack', 'cloud']);
  await ends.run();
  expect(done).toHaveLength(3);
});

test('what is under way ends first, whether it fails or not', async () => {
  const done: string[] = [];
  const ends = new Ends();
  ends.defer(() => done.push('cloud'));
  const late = (fails: boolean) =>
    new Promise<void>((resolve, reject) =>
      setTimeout(() => {
        done.push('engine');
        if (fails) reject(new Error('it failed'));
        else resolve();
      }, 20),
    );
  await Promise.all([ends.hold(late(false)), expect(ends.hold(late(true))).rejects.toThrow('it failed'), ends.run()]);
  expect(done).toEqual(['engine', 'engine', 'cloud']);
});
