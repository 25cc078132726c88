/** Oldest versions of what an operator's machine brings. README, Pulumi.yaml, package.json, kit and workflows say the same; a test holds them to it. */
import type { Fact } from './fact';

export const pulumiCli: Fact<string> = {
  value: '3.226.0',
  source:
    'github.com/pulumi/pulumi CHANGELOG.md: 3.226.0 "Fix ReplacementTrigger firing due to dependency changes", before which a changed tag could replace a host; ' +
    '3.208.0 brought replacementTrigger, which older ones ignore; 3.182.0 brought hooks',
  checked: '2026-11-30',
  check: 'pulumi version',
};

export const nodeJs: Fact<string> = {
  value: '22.12.0',
  source:
    'package.json of @pulumi/pulumi 3.260.0 ("engines": node >=22), and the changelog of Node.js 22.12.0: "require(esm) is now enabled by default", ' +
    'without which the preflight cannot load age-encryption 0.3.1, which has ES modules only',
  checked: '2026-11-30',
  check: 'node --version',
};

/** Whether a version, as programs print it of themselves, is before another one. */
export const isOlder = (version: string, than: string): boolean =>
  version.replace(/^v/, '').localeCompare(than, 'en', { numeric: true }) < 0;
