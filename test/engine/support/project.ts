import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EngineEvent, EngineOptions, EngineResult } from '../../../engine';
import { PASSPHRASE, SALTED } from '../../fixtures/passphrase';

const REPOSITORY = resolve(__dirname, '../../..');

/** A directory with a Pulumi program in it, and a backend beside it. */
export class TestProject {
  readonly directory = mkdtempSync(join(tmpdir(), 'fleet-engine-'));
  readonly backend = join(this.directory, 'backend');
  readonly stateFile = join(this.backend, '.pulumi/stacks/p/dev.json');
  readonly events: EngineEvent[] = [];

  constructor(private readonly env: NodeJS.ProcessEnv = {}) {
    mkdirSync(this.backend);
    symlinkSync(join(REPOSITORY, 'node_modules'), join(this.directory, 'node_modules'));
    writeFileSync(join(this.directory, 'package.json'), '{"name":"p","main":"index.js"}');
    this.write('Pulumi.dev.yaml', SALTED);
    this.write('Pulumi.yaml', 'name: p\nruntime:\n  name: nodejs\n  options: { typescript: false }\n');
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.directory, name), text);
  }

  /** Writes a JavaScript program; `r(type, name, args, opts)` makes a custom resource without its SDK. */
  program(body: string): this {
    this.write(
      'index.js',
      `
      const pulumi = require('@pulumi/pulumi');
      const outputs = {
        'digitalocean:index/droplet:Droplet': ['ipv4Address', 'status', 'dropletUrn'],
        'digitalocean:index/reservedIp:ReservedIp': ['ipAddress'],
        'command:local:Command': ['stdout', 'stderr'], 'command:remote:Command': ['stdout', 'stderr'],
      };
      class Resource extends pulumi.CustomResource {
        constructor(type, name, args, opts) {
          const declared = Object.fromEntries((outputs[type] || []).map((key) => [key, undefined]));
          super(type, name, { ...declared, ...args }, { version: '1.2.3', ...opts });
        }
      }
      const r = (type, name, args, opts) => new Resource(type, name, args, opts);
      const Droplet = 'digitalocean:index/droplet:Droplet', Tag = 'digitalocean:index/tag:Tag', Local = 'command:local:Command', Remote = 'command:remote:Command', Copy = 'command:remote:CopyToRemote';
      const size = { image: 'debian-12-x64', size: 's-1vcpu-1gb', region: 'fra1' };
      ${body}
    `,
    );
    return this;
  }

  options(extra: Partial<EngineOptions> = {}): EngineOptions {
    return {
      projectDir: this.directory,
      stack: 'dev',
      backendDir: this.backend,
      passphrase: PASSPHRASE,
      env: this.env,
      onEvent: (event) => this.events.push(event),
      ...extra,
    };
  }

  state(): any {
    return JSON.parse(readFileSync(this.stateFile, 'utf8'));
  }

  resources(): any[] {
    return this.state().checkpoint.latest.resources ?? [];
  }

  /** Every error that was shown. */
  errors(): string {
    return this.events
      .flatMap((event) => (event.kind === 'diagnostic' && event.severity === 'error' ? [event.message] : []))
      .join('\n');
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** `op name` of every step. */
export function steps(result: EngineResult): string[] {
  return result.steps.map(({ op, urn }) => `${op} ${urn.split('::').at(-1)}`);
}
