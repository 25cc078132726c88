const { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const cache = join(__dirname, 'node_modules/.cache');
// Programs that tests start load large packages again and again; Node.js keeps what it compiled.
process.env.NODE_COMPILE_CACHE ??= join(cache, 'node');

// Folders that tests make in the system's go with the run. Other users, whom some tests play, may enter.
process.env.TMPDIR = mkdtempSync(join(tmpdir(), 'fleet-tests-'));
chmodSync(process.env.TMPDIR, 0o755);
// There tsx keeps what it translated, for the next run too.
mkdirSync(join(cache, 'tsx'), { recursive: true });
symlinkSync(join(cache, 'tsx'), join(process.env.TMPDIR, `tsx-${process.geteuid()}`));
process.on('exit', () => rmSync(process.env.TMPDIR, { recursive: true, force: true }));

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  cacheDirectory: join(cache, 'jest'),
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // A bound against hanging, not a judgement of speed: the machine may be busy.
  testTimeout: 60_000,
  // Types are checked once for the whole project by tsc; here files are only translated.
  transform: {
    '^.+\\.(ts|js|mjs)$': [
      'ts-jest',
      {
        diagnostics: false,
        tsconfig: { module: 'commonjs', target: 'es2022', allowJs: true, esModuleInterop: true, isolatedModules: true },
      },
    ],
  },
  // These ship ES modules only; jest's module system needs them as CommonJS.
  transformIgnorePatterns: ['/node_modules/(?!(age-encryption|@noble|@scure|cookie)/)'],
};
