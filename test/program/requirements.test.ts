/** Before anything else the program refuses what it cannot run on. */
import { nodeJs } from '../../stacks/outside/versions';

const requireOn = (version: string) => {
  const own = Object.getOwnPropertyDescriptor(process, 'version')!;
  Object.defineProperty(process, 'version', { ...own, value: version });
  try {
    jest.isolateModules(() => void jest.requireActual('../../components/requirements'));
  } finally {
    Object.defineProperty(process, 'version', own);
  }
};

test.each(['v20.20.2', 'v22.11.0', 'v22.9.0', 'v9.99.0'])('Node.js %s is refused in one sentence', (version) => {
  expect(() => requireOn(version)).toThrow(
    `This program needs Node.js ${nodeJs.value} or newer, and pulumi started it with ${version} (${process.execPath}): put a newer node first on PATH, or`,
  );
});

test.each([`v${nodeJs.value}`, 'v22.100.0', 'v26.1.0'])('Node.js %s runs it', (version) =>
  expect(() => requireOn(version)).not.toThrow(),
);
