import { join } from "node:path";

/** One place in one file, as it would be with a bug. */
export interface SourcePatch {
  /** Below `packages/`. */
  readonly file: string;
  /** Exactly one place in the file. */
  readonly find: string;
  readonly replace: string;
}

export const PACKAGES_PATH = join(import.meta.dirname, "../../..");

/** Throws when the place is not there, or not the only one: the code has changed, and the bug must change with it. */
export function patched(source: string, { file, find, replace }: SourcePatch): string {
  const count = source.split(find).length - 1;
  if (count !== 1) throw new Error(`${file}: the place to patch is there ${count} times: ${find}`);
  return source.replace(find, () => replace);
}
