import type { Heartbeat } from '../../components/store/heartbeats';
import { decide, type Claim } from '../../components/store/moved';
import type { Incarnation } from '../../components/store/restore-points';

const agent = 'hermes-bezalel';
const KEY = '0123456789abcdef';
const KEYS = { fingerprint: KEY, resticPassword: 'password' };
const beat = (services: string[], keyFingerprint = KEY): Heartbeat => ({
  at: '2026-04-26T12:00:00Z',
  host: 'beta',
  incarnation: '7',
  keyFingerprint,
  datasets: Object.fromEntries(services.map((service) => [service, { bytes: 1 }])),
  alarms: [],
  pendingCertificates: [],
  storedAt: 0,
});
const incarnation = (id: string, services: string[], heartbeat?: Heartbeat): Incarnation => ({
  id,
  createdAt: '2026-04-26T10:00:00Z',
  heartbeat,
  services,
  complete: Object.fromEntries(services.map((service) => [service, '2026-04-26T10:30:00Z'])),
});
const claim = (incarnations: Incarnation[], newest = '2026-04-26T11:59:00Z'): Claim => ({
  host: 'beta',
  bucket: 'b',
  incarnations,
  plan: {
    moment: newest,
    host: 'beta',
    incarnation: '7',
    service: agent,
    complete: true,
    parts: { files: { at: newest, objects: [] } },
  },
  resticKeys: [],
});

test('an agent that another host still runs is refused, with what to do', async () => {
  expect(await decide(agent, undefined, [claim([incarnation('7', [agent], beat([agent]))])], KEYS)).toEqual({
    action: 'refuse',
    reason: expect.stringContaining('update the stack of beta first'),
  });
});

test('nor is one let go by a host because it took over another agent since', async () => {
  const took = claim([incarnation('moved-alpha-3-1', ['hermes-ezra']), incarnation('7', [agent], beat([agent]))]);
  expect(await decide(agent, undefined, [took], KEYS)).toMatchObject({ action: 'refuse' });
});

test('one that was let go is taken over from there', async () => {
  expect(
    await decide(agent, undefined, [claim([incarnation('7', [agent], beat(['fleet-health']))])], KEYS),
  ).toMatchObject({ action: 'take', plan: { incarnation: '7' } });
});

test('one whose host was rebuilt without it is taken over from the incarnation before', async () => {
  const rebuilt = claim([
    incarnation('8', ['fleet-health'], beat(['fleet-health'])),
    incarnation('7', [agent], beat([agent])),
  ]);
  expect(await decide(agent, undefined, [rebuilt], KEYS)).toMatchObject({ action: 'take', plan: { incarnation: '7' } });
});

test('newer data of one’s own stays', async () => {
  expect(await decide(agent, '2026-04-26T12:30:00Z', [claim([incarnation('7', [agent], beat([]))])], KEYS)).toEqual({
    action: 'nothing',
  });
});

test('backups for another key are refused before anything is copied', async () => {
  expect(
    await decide(agent, undefined, [claim([incarnation('7', [agent], beat([], 'ffffffffffffffff'))])], KEYS),
  ).toEqual({ action: 'refuse', reason: expect.stringContaining('encrypted for another age key (ffffffffffffffff)') });
});

test('an agent that nobody ever had', async () =>
  expect(await decide(agent, undefined, [claim([incarnation('7', ['fleet-health'], beat([]))])], KEYS)).toEqual({
    action: 'nothing',
  }));
