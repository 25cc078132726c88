import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { EngineError } from './errors';
import { Crypter, decrypted } from './passphrase';
import { compact, isObject, PropertyMap, secret, Value } from './values';

/** A Pulumi project as this engine needs it. */
export interface Project {
  name: string;
  root: string;
  pwd: string;
  program: string;
  typescript: boolean;
  tsconfig?: string;
  nodeArguments: string[];
  defaults: Record<string, Value>;
  refreshAlways: boolean;
}
/** Stack configuration: decrypted values by `namespace:name`, and which of them are secret. */
export interface Config {
  values: Record<string, string>;
  secretKeys: string[];
  salt?: string;
}

function readYaml(path: string): { [key: string]: Value } {
  let parsed: unknown;
  try {
    parsed = parse(readFileSync(path, 'utf8'));
  } catch {
    throw new EngineError(`${path} is not valid YAML.`);
  }
  return isObject(parsed) ? parsed : {};
}

function entry(root: string, main: Value | undefined): { pwd: string; program: string } {
  if (typeof main !== 'string' || main === '') return { pwd: root, program: '.' };
  const path = resolve(root, main);
  if (!existsSync(path)) throw new EngineError(`The program ${path} named by Pulumi.yaml does not exist.`);
  return existsSync(join(path, 'package.json')) || !/\.[cm]?[jt]s$/.test(path)
    ? { pwd: path, program: '.' }
    : { pwd: resolve(path, '..'), program: basename(path) };
}

/** Arguments for node itself. The official engine splits them as a shell does; what would need that is refused. */
function nodeArguments(text: Value | undefined, path: string): string[] {
  if (text === undefined) return [];
  if (typeof text !== 'string' || /["'\\#]/.test(text))
    throw new EngineError(
      `${path} sets runtime.options.nodeargs to something other than plain words, which the embedded engine does not implement.`,
    );
  return text.split(/\s+/).filter(Boolean);
}

/** Reads Pulumi.yaml. */
export function loadProject(root: string): Project {
  const path = join(root, 'Pulumi.yaml');
  if (!existsSync(path)) throw new EngineError(`There is no Pulumi.yaml in ${root}.`);
  const yaml = readYaml(path);
  if (typeof yaml.name !== 'string') throw new EngineError(`${path} names no project.`);
  const runtime = isObject(yaml.runtime) ? yaml.runtime : compact({ name: yaml.runtime });
  if (runtime.name !== 'nodejs')
    throw new EngineError(
      `${path} wants the runtime '${String(runtime.name)}'; the embedded engine runs nodejs programs only.`,
    );
  const options = isObject(runtime.options) ? runtime.options : {};
  const settings = isObject(yaml.options) ? yaml.options : {};
  const strange = Object.keys(settings).find((key) => key !== 'refresh');
  if (strange !== undefined)
    throw new EngineError(`${path} sets options.${strange}, which the embedded engine does not implement.`);
  return {
    name: yaml.name,
    root,
    ...entry(root, yaml.main),
    typescript: options.typescript !== false,
    tsconfig: typeof options.tsconfig === 'string' ? resolve(root, options.tsconfig) : undefined,
    nodeArguments: nodeArguments(options.nodeargs, path),
    defaults: isObject(yaml.config) ? yaml.config : {},
    refreshAlways: settings.refresh === 'always',
  };
}

/** As the official engine hands a value to the program: nothing is empty text, anything but text is JSON. */
const asText = (value: Value): string =>
  value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
const qualified = (key: string, project: string): string => (key.includes(':') ? key : `${project}:${key}`);

/** Reads the salt of a stack's configuration file, which opens the secrets in it. */
export function configSalt(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const { encryptionsalt: salt, secretsprovider: provider } = readYaml(path);
  if (typeof provider === 'string' && provider !== 'passphrase') {
    throw new EngineError(
      `${path} uses the secrets provider '${provider}'; the embedded engine implements passphrase only.`,
    );
  }
  return typeof salt === 'string' ? salt : undefined;
}

/** Reads the configuration of a stack over the defaults of its project. */
export function loadConfig(project: Project, path: string, crypter: Crypter): Config {
  const values: Record<string, string> = {};
  const secretKeys: string[] = [];
  for (const [key, declared] of Object.entries(project.defaults)) {
    const value = isObject(declared) ? (declared.value ?? declared.default) : declared;
    if (value !== undefined && value !== null) values[qualified(key, project.name)] = asText(value);
  }
  const own = existsSync(path) ? readYaml(path).config : undefined;
  for (const [key, raw] of Object.entries(isObject(own) ? own : {})) {
    const name = qualified(key, project.name);
    const { value, secret: isSecretValue } = decrypted(raw, (text) => crypter.decrypt(text));
    values[name] = asText(value);
    if (isSecretValue) secretKeys.push(name);
  }
  return { values, secretKeys };
}

/** The part of the configuration that belongs to a package: the inputs of its default provider. */
export function packageConfig(config: Config, name: string): PropertyMap {
  const inputs: PropertyMap = {};
  for (const [key, value] of Object.entries(config.values)) {
    if (!key.startsWith(`${name}:`)) continue;
    inputs[key.slice(name.length + 1)] = config.secretKeys.includes(key) ? secret(value) : value;
  }
  return inputs;
}
