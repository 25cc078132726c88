import { EngineError } from './errors';

export const STACK_TYPE = 'pulumi:pulumi:Stack';
export const PROVIDER_PREFIX = 'pulumi:providers:';

/** The parts of a URN. */
export interface Urn {
  stack: string;
  project: string;
  qualifiedType: string;
  type: string;
  name: string;
}

/** Splits a URN; everything after the third separator is the name. */
export function parseUrn(urn: string): Urn {
  const [, stack, project, qualifiedType, name] = /^urn:pulumi:(.*?)::(.*?)::(.*?)::(.*)$/s.exec(urn) ?? [];
  if (stack === undefined || project === undefined || qualifiedType === undefined || name === undefined)
    throw new EngineError(`'${urn}' is not a resource URN.`);
  return { stack, project, qualifiedType, type: qualifiedType.replace(/^.*\$/s, ''), name };
}

/** Builds the URN of a resource below a parent (or below the stack). */
export function makeUrn(
  stack: string,
  project: string,
  parent: string | undefined,
  type: string,
  name: string,
): string {
  let qualified = type;
  if (parent !== undefined && parent !== '') {
    const parentType = parseUrn(parent).qualifiedType;
    if (parentType !== STACK_TYPE) qualified = `${parentType}$${type}`;
  }
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

/** Whether the type is a provider's own resource. */
export const isProviderType = (type: string): boolean => type.startsWith(PROVIDER_PREFIX);

/** The package a resource type belongs to. */
export function packageOf(type: string): string {
  return isProviderType(type) ? type.slice(PROVIDER_PREFIX.length) : type.replace(/:.*$/s, '');
}

/** Splits a provider reference `urn::id`. */
export function parseReference(reference: string): { urn: string; id: string } {
  const at = reference.lastIndexOf('::');
  if (at < 0) throw new EngineError(`'${reference}' is not a provider reference.`);
  return { urn: reference.slice(0, at), id: reference.slice(at + 2) };
}
