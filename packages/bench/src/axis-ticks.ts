export interface Tick {
  /** Position on the axis, in its unit (after any logarithm). */
  readonly at: number;
  readonly label: string;
}

const STEPS_IN_DECADE = [1, 2, 5, 10];
const TICKS_WANTED = 5;

/** Round numbers from 0 to at least `max`. */
export function linearTicks(max: number, format: (value: number) => string): Tick[] {
  const rough = (max > 0 ? max : 1) / TICKS_WANTED;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const factor = STEPS_IN_DECADE.find((step) => step * decade >= rough) ?? 10;
  const step = factor * decade;
  const count = Math.ceil((max > 0 ? max : 1) / step);
  return Array.from({ length: count + 1 }, (_, index) => {
    const at = index * step;
    return { at, label: format(at) };
  });
}

/** 1, 2 and 5 times powers of ten around `min` … `max`, at their log10; powers alone when that is a wide range. */
export function logTicks(
  range: { readonly min: number; readonly max: number },
  format: (value: number) => string,
): Tick[] {
  const first = Math.floor(Math.log10(range.min));
  const last = Math.ceil(Math.log10(range.max));
  const factors = last - first > 2 ? [1] : [1, 2, 5];
  const values = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index))
    .flatMap((decade) => factors.map((factor) => factor * decade))
    .filter((value) => value <= 10 ** last);
  const from = values.findLastIndex((value) => value <= range.min);
  const until = values.findIndex((value) => value >= range.max);
  return values
    .slice(Math.max(0, from), until === -1 ? undefined : until + 1)
    .map((value) => ({ at: Math.log10(value), label: format(value) }));
}
