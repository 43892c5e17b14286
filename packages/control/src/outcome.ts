import type { Refusal, RefusalCode } from "./fact-command.ts";
import type { Facts } from "./facts.ts";

/** What came of a command. The same facts object: it was true already. */
export type Outcome = { readonly facts: Facts } | { readonly refusal: Refusal };

export function refuse(code: RefusalCode, detail: string): Outcome {
  return { refusal: { code, detail } };
}
