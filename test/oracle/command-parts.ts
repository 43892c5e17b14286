import fc from "fast-check";
import type { Argument } from "./odd-arguments.ts";
import type { Command } from "./step.ts";

// How commands are put together of arguments.

export type Words = fc.Arbitrary<readonly string[]>;

/** Joins arguments and lists of them into one command. */
export function command(...parts: readonly (Argument | Words)[]): fc.Arbitrary<Command> {
  return words(...parts).map((argv) => ({ argv }));
}

export function words(...parts: readonly (Argument | Words)[]): Words {
  return fc.tuple(...parts).map((drawn) => drawn.flat());
}

export function optional(part: Argument | Words): Words {
  return fc.option(words(part), { nil: [] });
}

/** Some of the options, in any order, some of them twice. */
export function someOf(...options: readonly (Argument | Words)[]): Words {
  return fc
    .array(fc.oneof(...options.map((option) => words(option))), { maxLength: 3 })
    .map((drawn) => drawn.flat());
}

export function several(argument: Argument, maxLength = 4): Words {
  return fc.array(argument, { minLength: 1, maxLength });
}
