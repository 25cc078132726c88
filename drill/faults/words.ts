/** What the declaration of a drill calls things, for what is expected of messages. */
import { hostOf, type Stack } from '../context';

/** The pattern with the stack's own words for HOST, NAME (its first public one), STACK, SIZE and IMAGE. */
export function inWordsOf(stack: Stack, { source, flags }: RegExp): RegExp {
  const { name, publicNames, size, image } = hostOf(stack);
  const words = { HOST: name, NAME: publicNames[0] ?? '', STACK: stack.declaration.stack, SIZE: size, IMAGE: image };
  return new RegExp(
    source.replace(/\b(HOST|NAME|STACK|SIZE|IMAGE)\b/g, (word) => words[word as keyof typeof words]),
    flags,
  );
}
