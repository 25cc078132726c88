/** What the program switches off for speed stays on for whoever debugs it. */
import * as pulumi from '@pulumi/pulumi';
import { untraced } from '../../components/untraced';

const before = { limit: Error.stackTraceLimit, prepare: Error.prepareStackTrace, debug: pulumi.log.debug };

afterEach(() => {
  Error.stackTraceLimit = before.limit;
  Error.prepareStackTrace = before.prepare;
  Object.assign(pulumi.log, { debug: before.debug });
  delete process.env.FLEET_DEBUG;
});

test('FLEET_DEBUG leaves stack traces and debug messages alone', () => {
  process.env.FLEET_DEBUG = '1';
  Error.stackTraceLimit = 10;
  untraced();
  expect(Error.stackTraceLimit).toBe(10);
  expect(Error.prepareStackTrace).toBe(before.prepare);
  expect(pulumi.log.debug).toBe(before.debug);
});

test('without it promises carry no trace, and a limit that was asked for holds', () => {
  Error.stackTraceLimit = 10;
  untraced();
  expect(new Error('x').stack).toBe('Error: x');
  Error.stackTraceLimit = 20;
  untraced();
  expect(new Error('x').stack!.split('\n')).toHaveLength(7);
});
