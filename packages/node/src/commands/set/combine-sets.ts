import type { Bytes } from "@slotcast/protocol";
import { MemberSet, type MemberSetOptions } from "@slotcast/store";

/** `undefined`: there is no such key, which counts as an empty set. */
export type Operand = MemberSet | undefined;

/** As `Array.some`, over the members that are in all sets. Cost: O(members of the smallest × sets). */
export function someInAll(
  operands: readonly Operand[],
  predicate: (member: Bytes) => boolean,
): boolean {
  const sets = operands.filter((operand) => operand !== undefined);
  if (sets.length < operands.length) return false;
  const [smallest, ...others] = sets.toSorted((a, b) => a.size - b.size);
  if (smallest === undefined) return false;
  return smallest.some(
    (member) =>
      others.every((other) => other === smallest || other.has(member)) && predicate(member),
  );
}

/** As `Array.some`, over the members that are in the first set only. Cost: O(its members × sets). */
export function someInFirstOnly(
  [first, ...rest]: readonly Operand[],
  predicate: (member: Bytes) => boolean,
): boolean {
  const others = rest.filter((operand) => operand !== undefined);
  if (first === undefined || others.includes(first)) return false;
  // The largest is the likeliest to have a member.
  others.sort((a, b) => b.size - a.size);
  return first.some((member) => !others.some((other) => other.has(member)) && predicate(member));
}

export function intersectionOf(operands: readonly Operand[], options: MemberSetOptions): MemberSet {
  const result = new MemberSet(options);
  someInAll(operands, (member) => {
    result.add(member);
    return false;
  });
  return result;
}

/** Stops when there are `sizeMax`. */
export function unionOf(
  operands: readonly Operand[],
  options: MemberSetOptions,
  sizeMax = Number.POSITIVE_INFINITY,
): MemberSet {
  const result = new MemberSet(options);
  for (const operand of operands) {
    const isFull = operand?.some((member) => {
      result.add(member);
      return result.size >= sizeMax;
    });
    if (isFull === true) break;
  }
  return result;
}

/** Looks for each member of the first set in the others, or, when that is less, removes theirs from a copy. */
export function differenceOf(operands: readonly Operand[], options: MemberSetOptions): MemberSet {
  const [first, ...others] = operands;
  if (first !== undefined && isCheaperToRemove(first, others)) {
    const result = first.clone();
    for (const other of others) {
      other?.forEach((member) => {
        result.delete(member);
      });
    }
    return result;
  }
  const result = new MemberSet(options);
  someInFirstOnly(operands, (member) => {
    result.add(member);
    return false;
  });
  return result;
}

/** Source: Redis 7.0 src/t_set.c, sunionDiffGenericCommand. */
function isCheaperToRemove(first: MemberSet, others: readonly Operand[]): boolean {
  const sets = others.filter((other) => other !== undefined);
  const lookUps = (first.size * (1 + sets.length)) / 2;
  const removals = sets.reduce((sum, { size }) => sum + size, first.size);
  return lookUps > removals;
}
