/** What drills do to the public certificate authority. */
import { Harness } from './api-harness';

let cloud: Harness;
beforeEach(async () => {
  cloud = await new Harness().start();
});
afterEach(() => cloud.stop());

test('it goes away in one of two ways, takes no more orders, and comes back', async () => {
  expect((await cloud.get('/_cloud/status')).body.acme).toBe('answers');
  for (const how of ['hang', 'refuse', 'refuse'])
    expect((await cloud.post('/_cloud/acme/away', { how })).body).toEqual({ acme: how });
  expect((await cloud.post('/_cloud/acme/back')).body).toEqual({ acme: 'answers' });
  expect((await cloud.post('/_cloud/acme/limit', {})).body).toEqual({ acme: 'limits' });
  expect((await cloud.post('/_cloud/acme/back')).body).toEqual({ acme: 'answers' });
  expect((await cloud.post('/_cloud/acme/away', { how: 'slow' })).status).toBe(422);
});

test('it hands out a certificate for names between two moments, and for nothing else', async () => {
  const between = { notBefore: '2026-01-01T00:00:00Z', notAfter: '2026-02-01T00:00:00Z' };
  expect((await cloud.post('/_cloud/acme/issue', { names: ['forge.drill.test'], ...between })).status).toBe(200);
  expect((await cloud.post('/_cloud/acme/issue', { names: [], ...between })).status).toBe(422);
  expect((await cloud.post('/_cloud/acme/issue', { names: ['forge.drill.test'] })).status).toBe(422);
});
