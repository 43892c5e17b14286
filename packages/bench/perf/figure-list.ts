import type { Row } from "./measurement.ts";
import type { PerfContext } from "./perf-context.ts";

/** The "Fast" items of one list of what has to be shown; a script measures one list. */
export interface FigureList {
  /** Also the name of the script. */
  readonly name: string;
  readonly items: readonly FigureItem[];
}

export interface FigureItem {
  /** In its list. */
  readonly number: number;
  /** A word or two. */
  readonly what: string;
  /** How it departs from what is said of the whole run. */
  readonly note?: string;
  readonly measure: (context: PerfContext) => Promise<readonly Row[]>;
}

/** `foundation-8`: says which list the item is of. */
export function itemName({ name }: FigureList, { number }: FigureItem): string {
  return `${name}-${number}`;
}
