import type { EngineEvent } from '../../scripts/engines/engine';
import { Trace } from '../../scripts/engines/trace';

const droplet = 'urn:pulumi:drill::fleet::digitalocean:index/droplet:Droplet::alpha';
const line = (event: object) => JSON.stringify({ sequence: 1, timestamp: 1, ...event });
const custom = { custom: true, outputs: { id: 7 } };
const done = (op: string, rest: object = {}) =>
  line({ resOutputsEvent: { metadata: { op, urn: droplet, type: 't', old: custom, new: custom, ...rest } } });

function read(...lines: string[]) {
  const events: EngineEvent[] = [];
  const trace = new Trace((event) => events.push(event));
  lines.forEach((text) => trace.line(text, 5));
  return { trace, events };
}

test('finished operations are steps in their order; what stayed the same is none', () => {
  const { trace, events } = read(
    line({ resourcePreEvent: { metadata: { op: 'create', urn: droplet, old: null, new: custom } } }),
    done('create'),
    done('same'),
    done('read'),
    done('delete-replaced'),
  );
  expect(trace.steps.map(({ op }) => op)).toEqual(['create', 'delete-replaced']);
  expect(events[0]).toEqual({ at: 5, kind: 'step-start', op: 'create', urn: droplet });
});

test('a refresh is a step where the resource is gone or different', () => {
  const { trace } = read(done('refresh'));
  expect(trace.steps).toEqual([]);
  expect(read(done('refresh', { new: null })).trace.steps).toEqual([{ op: 'refresh', urn: droplet }]);
  expect(read(done('refresh', { new: { custom: true, outputs: { id: 8 } } })).trace.steps).toHaveLength(1);
  expect(
    read(done('refresh', { new: { custom: true, outputs: { id: 7, ids: [] } }, detailedDiff: {} })).trace.steps,
  ).toEqual([]);
});

test('a component counts once, when it is registered', () => {
  const component = {
    op: 'create',
    urn: 'urn:pulumi:drill::fleet::pulumi:pulumi:Stack::s',
    old: null,
    new: { outputs: {} },
  };
  const { trace } = read(
    line({ resourcePreEvent: { metadata: component } }),
    done('create', { old: null }),
    line({ resOutputsEvent: { metadata: component } }),
  );
  expect(trace.steps.map(({ urn }) => urn)).toEqual([component.urn, droplet]);
});

test('errors are kept, colours and debug lines are not', () => {
  const { trace, events } = read(
    line({ diagnosticEvent: { message: '<{%reset%}>droplet refused<{%reset%}>\n', severity: 'error', urn: droplet } }),
    line({ diagnosticEvent: { message: 'noise', severity: 'debug' } }),
    line({ diagnosticEvent: { message: 'out', severity: 'info#err' } }),
  );
  expect(trace.errors).toEqual(['droplet refused']);
  expect(events.map((event) => event.kind === 'diagnostic' && event.severity)).toEqual(['error', 'info']);
});

test('a failed operation is an event and no step', () => {
  const { trace, events } = read(
    line({ resOpFailedEvent: { metadata: { op: 'create', urn: droplet }, status: 0, steps: 1 } }),
  );
  expect(trace.steps).toEqual([]);
  expect(events).toEqual([{ at: 5, kind: 'step-failed', op: 'create', urn: droplet }]);
});

test('the summary is taken, and lines that are no events go through', () => {
  const { trace, events } = read(line({ summaryEvent: { resourceChanges: { create: 2 } } }), 'warning: something', '');
  expect(trace.summary).toEqual({ create: 2 });
  expect(events).toEqual([{ at: 5, kind: 'program-output', line: 'warning: something' }]);
});
