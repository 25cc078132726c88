import { formerPrimaries } from '../../components/preflight/former';

const droplet = (id: number) => ({ id, name: `d${id}`, status: 'active', address: '198.18.0.10' });

/** Ids that are fenced, of what the cloud lists by tag; the public address leads to `holder`. */
async function fenced(listed: { own?: number[]; twin?: number[]; holder?: number }, primary: string, fences: string): Promise<number[]> {
  const tagged: Record<string, number[]> = { 'drill-alpha': listed.own ?? [], 'drill-alpha-twin': listed.twin ?? [] };
  const api = { dropletsTagged: async (tag: string) => tagged[tag].map(droplet), dropletBehind: async () => listed.holder };
  return (await formerPrimaries({ api, stack: 'drill', host: 'alpha', primary, fences, reservedIp: '198.18.0.200' })).map(({ id }) => id);
}

test.each([
  ['a host without a standby is made anew', { own: [1], holder: 1 }, 'alpha', 'alpha', [1]],
  ['the primary is made anew; the standby goes on waiting', { own: [1], twin: [2], holder: 1 }, 'alpha', 'alpha', [1]],
  ['the lost primary is made anew; the standby goes on waiting', { twin: [2] }, 'alpha', 'alpha', []],
  ['the standby is promoted', { own: [1], twin: [2], holder: 1 }, 'alpha-twin', 'alpha', [1]],
  ['the standby is promoted after the primary was lost', { twin: [2] }, 'alpha-twin', 'alpha', []],
  ['and back', { own: [3], twin: [2], holder: 2 }, 'alpha', 'alpha-twin', [2]],
  ['the value was lowered: the twin is still the primary', { own: [3], twin: [2], holder: 2 }, 'alpha', 'alpha', [3, 2]],
])('%s', async (_what, listed, primary, fences, ids) => {
  expect(await fenced(listed, primary, fences)).toEqual(ids);
});
