/** What a drill knows about its stack beside what the stack is: kept as JSON with a saved stack, and taken up by each drill that starts from it. */
import { Facts, type Fact } from '../seed/facts';
import type { Account } from '../seed/account';

export interface Notes {
  passphrase: string;
  marker: string;
  /** Where the forge's webhook leads: the receiver must be there again. */
  hook: { name: string; port: number };
  account: Omit<Account, 'facts' | 'usedPasscodes'> & { facts: Fact[]; usedPasscodes: string[] };
}

export const notesOfAccount = (account: Account): Notes['account'] => ({
  ...account,
  facts: account.facts.list(),
  usedPasscodes: [...account.usedPasscodes],
});

/** The account as it was, with facts of its own: one drill's additions are not the next one's. */
export function accountOf(notes: Notes['account']): Account {
  const facts = new Facts();
  for (const { kind, id, value, at } of notes.facts) facts.add(kind, id, value, at);
  return { ...notes, facts, usedPasscodes: new Set(notes.usedPasscodes) };
}
