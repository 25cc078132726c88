/**
 * Forms in which a setting may stand in a stack's file. `pulumi config set` writes text, also for numbers, booleans and JSON; with `--path` it
 * turns what looks like a number or a boolean into one, also where text is meant; people write YAML. The program sees JSON text of anything else.
 */
import { z } from 'zod';

/** Text; a number or a boolean is one that lost its quotes. */
export const text = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value), schema);

/** True or false, as such or as text. */
export const flag = () =>
  z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean());

/** A whole number, as such or as text. */
export const whole = (schema: z.ZodNumber) =>
  z.preprocess((value) => (typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value), schema.int());

/** An object or a list, as such or as JSON text. */
export const structure = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (typeof value === 'string' ? fromJson(value) : value), schema);

function fromJson(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
