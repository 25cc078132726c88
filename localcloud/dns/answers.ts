import { Packet, type Question, type Resource } from 'dns2';
import type { RecordAnswer, RecordSource } from '../record-source';

export const RCODE = { ok: 0, nameError: 3 } as const;

/** Names that lead to services of the cloud itself, with their address. */
export type FixedNames = Record<string, string>;

export interface Answer {
  rcode: number;
  answers: Resource[];
}

const FIXED_TTL = 60;
const MAX_ALIASES = 8;

type RecordType = keyof typeof Packet.TYPE;

/** The fields of each type as the library encodes them. */
const fields: Record<RecordType, (answer: RecordAnswer) => Record<string, string | number | string[]>> = {
  A: ({ content }) => ({ address: content }),
  AAAA: ({ content }) => ({ address: content }),
  CNAME: ({ content }) => ({ domain: content }),
  NS: ({ content }) => ({ ns: content }),
  // A text record is a row of strings of at most 255 bytes.
  TXT: ({ content }) => ({ data: content.replace(/^"(.*)"$/, '$1').match(/.{1,255}/g) ?? [''] }),
  MX: ({ content, priority }) => ({ exchange: content, priority: priority ?? 0 }),
};

const isType = (name: string): name is RecordType => name in fields;
const typeName = (type: number) =>
  Object.keys(fields)
    .filter(isType)
    .find((name) => Packet.TYPE[name] === type);

function resource(name: string, type: RecordType, answer: RecordAnswer): Resource {
  return { name, type: Packet.TYPE[type], class: Packet.CLASS.IN, ttl: answer.ttl, ...fields[type](answer) };
}

/**
 * Answers one question from the zone and the fixed names. Whatever is in neither does not exist: there is no internet
 * behind this name server, and a quick "no" keeps hosts from waiting for one.
 */
export function answer({ name, type }: Question, records: RecordSource, fixed: FixedNames): Answer {
  const wanted = typeName(type);
  const address = fixed[name.toLowerCase().replace(/\.$/, '')];
  if (address)
    return {
      rcode: RCODE.ok,
      answers: wanted === 'A' ? [resource(name, 'A', { content: address, ttl: FIXED_TTL })] : [],
    };

  const answers: Resource[] = [];
  let current = name;
  for (let step = 0; step < MAX_ALIASES; step++) {
    if (!records.exists(current)) return { rcode: answers.length > 0 ? RCODE.ok : RCODE.nameError, answers };
    const owner = current;
    const found = wanted ? records.lookup(owner, wanted).map((record) => resource(owner, wanted, record)) : [];
    answers.push(...found);
    const alias = found.length === 0 ? records.lookup(current, 'CNAME')[0] : undefined;
    if (!alias || wanted === 'CNAME') break;
    answers.push(resource(current, 'CNAME', alias));
    current = alias.content;
  }
  return { rcode: RCODE.ok, answers };
}
