import { TEXT_CHARS_MAX } from "./limits.ts";

/**
 * What any codec can carry and any peer or file can have forged. Everything below reads such a value or throws
 * TypeError: a field too many is as wrong as one too few, since nodes that overlook different fields of a command come
 * to different facts.
 */
export type Plain =
  | string
  | number
  | boolean
  | readonly Plain[]
  | { readonly [name: string]: Plain };

/** A map with exactly these names; those that end with `?` may be missing. */
export function fieldsOf<Name extends string>(
  value: unknown,
  what: string,
  names: readonly (Name | `${Name}?`)[],
): Readonly<Record<Name, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`${what}: no map`);
  }
  let found = 0;
  for (const name of names) {
    const isOptional = name.endsWith("?");
    if (Object.hasOwn(value, isOptional ? name.slice(0, -1) : name)) found += 1;
    else if (!isOptional) throw new TypeError(`${what}: no ${name}`);
  }
  if (found < Object.keys(value).length) {
    throw new TypeError(`${what}: a field that it does not have`);
  }
  return value as Record<Name, unknown>; // just checked; optional ones are unknown too
}

/** The `kind` of one of several shapes, before its fields are known. */
export function kindOf(value: unknown, what: string): string {
  if (typeof value !== "object" || value === null || !("kind" in value)) {
    throw new TypeError(`${what}: no kind`);
  }
  return typeof value.kind === "string" ? value.kind : "";
}

/** From 0. */
export function countOf(
  value: unknown,
  what: string,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  // -0 would come back as 0: unequal to itself in a test, and odd.
  if (typeof value !== "number" || !Number.isSafeInteger(value) || Object.is(value, -0)) {
    throw new TypeError(`${what}: no integer`);
  }
  if (value < 0 || value > max) throw new TypeError(`${what}: out of range`);
  return value;
}

/** On a steady clock, in milliseconds, which may have a fraction. */
export function momentOf(value: unknown, what: string): number {
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
    throw new TypeError(`${what}: no time`);
  }
  return value;
}

export function booleanOf(value: unknown, what: string): boolean {
  if (typeof value !== "boolean") throw new TypeError(`${what}: no boolean`);
  return value;
}

const ID = /^[0-9a-f]{40}$/;

/** Of a node, a shard, a history or a cluster. */
export function idOf(value: unknown, what: string): string {
  if (typeof value !== "string" || !ID.test(value)) throw new TypeError(`${what}: no id`);
  return value;
}

/** A host or a name. These go into CLUSTER NODES lines: nothing that could end a line or a field. */
export function textOf(value: unknown, what: string): string {
  if (typeof value !== "string" || value.length > TEXT_CHARS_MAX) {
    throw new TypeError(`${what}: no text, or too long`);
  }
  if (/[^\x21-\x7e]|,/.test(value)) throw new TypeError(`${what}: a character that may not be`);
  return value;
}

export function listOf<T>(
  value: unknown,
  what: string,
  countMax: number,
  itemOf: (item: unknown, what: string) => T,
): T[] {
  if (!Array.isArray(value)) throw new TypeError(`${what}: no list`);
  if (value.length > countMax) throw new TypeError(`${what}: more than ${countMax}`);
  return value.map((item: unknown) => itemOf(item, what));
}

/** A list of ids of which each is there once. */
export function idsOf(value: unknown, what: string, countMax: number): string[] {
  const ids = listOf(value, what, countMax, idOf);
  if (new Set(ids).size < ids.length) throw new TypeError(`${what}: one is there twice`);
  return ids;
}
