import { decide, type Claim } from '../../components/store/moved';
import type { Heartbeat, Incarnation } from '../../components/store/restore-points';

const KEY = '0123456789abcdef';
const beat = (services: string[], keyFingerprint = KEY): Heartbeat => ({
  at: '2026-04-26T12:00:00Z', host: 'beta', incarnation: '7', keyFingerprint, datasets: Object.fromEntries(services.map((service) => [service, { bytes: 1 }])),
});
const incarnation = (id: string, services: string[], heartbeat?: Heartbeat): Incarnation => ({ id, createdAt: '2026-04-26T10:00:00Z', heartbeat, services, complete: Object.fromEntries(services.map((service) => [service, '2026-04-26T10:30:00Z'])) });
const claim = (incarnations: Incarnation[], newest = '2026-04-26T11:59:00Z'): Claim => ({ host: 'beta', bucket: 'b', incarnations, newest });
const agent = 'hermes-bezalel';

test('an agent that another host still runs is refused, with what to do', () => {
  expect(decide(agent, undefined, [claim([incarnation('7', [agent], beat([agent]))])], KEY)).toEqual({ action: 'refuse', reason: expect.stringContaining('update the stack of beta first') });
});

test('nor is one let go by a host because it took over another agent since', () => {
  const took = claim([incarnation('moved-alpha-3-1', ['hermes-ezra']), incarnation('7', [agent], beat([agent]))]);
  expect(decide(agent, undefined, [took], KEY)).toMatchObject({ action: 'refuse' });
});

test('one that was let go is taken over from there', () => {
  expect(decide(agent, undefined, [claim([incarnation('7', [agent], beat(['fleet-health']))])], KEY)).toMatchObject({ action: 'take', incarnation: '7' });
});

test('one whose host was rebuilt without it is taken over from the incarnation before', () => {
  const rebuilt = claim([incarnation('8', ['fleet-health'], beat(['fleet-health'])), incarnation('7', [agent], beat([agent]))]);
  expect(decide(agent, undefined, [rebuilt], KEY)).toMatchObject({ action: 'take', incarnation: '7' });
});

test('newer data of one’s own stays', () => {
  expect(decide(agent, '2026-04-26T12:30:00Z', [claim([incarnation('7', [agent], beat([]))])], KEY)).toEqual({ action: 'nothing' });
});

test('backups for another key are refused before anything is copied', () => {
  expect(decide(agent, undefined, [claim([incarnation('7', [agent], beat([], 'ffffffffffffffff'))])], KEY)).toEqual({ action: 'refuse', reason: expect.stringContaining('encrypted for another key') });
});

test('an agent that nobody ever had', () => expect(decide(agent, undefined, [claim([incarnation('7', ['fleet-health'], beat([]))])], KEY)).toEqual({ action: 'nothing' }));
