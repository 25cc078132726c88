/** The smallest model that a GGUF reader takes: a header, what it is, and one tensor of zeros. It can be listed and shown, not asked. */
const STRING = 8;
const UINT32 = 4;
const F32 = 0;
const ALIGNMENT = 32;
const WIDTH = 32;

const u32 = (value: number) => {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value);
  return out;
};
const u64 = (value: number) => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(BigInt(value));
  return out;
};
const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

/** GGUF, version 3. */
export function tinyModel(): Buffer {
  const described: [string, string | number][] = [
    ['general.architecture', 'llama'],
    ['general.name', 'tiny'],
    ['general.file_type', 0],
    ['llama.block_count', 1],
    ['llama.context_length', 32],
    ['llama.embedding_length', WIDTH],
    ['llama.feed_forward_length', WIDTH],
    ['llama.attention.head_count', 1],
  ];
  const values = described.map(([key, value]) =>
    Buffer.concat([text(key), ...(typeof value === 'string' ? [u32(STRING), text(value)] : [u32(UINT32), u32(value)])]),
  );
  const tensor = Buffer.concat([text('token_embd.weight'), u32(2), u64(WIDTH), u64(1), u32(F32), u64(0)]);
  const head = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(1), u64(described.length), ...values, tensor]);
  const padding = Buffer.alloc((ALIGNMENT - (head.length % ALIGNMENT)) % ALIGNMENT);
  return Buffer.concat([head, padding, Buffer.alloc(WIDTH * 4)]);
}
