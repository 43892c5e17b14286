const STEPS = [
  { from: 1e9, unit: " G" },
  { from: 1e6, unit: " M" },
  { from: 1e3, unit: " k" },
] as const;
const SIGNIFICANT_DIGITS = 3;
/** Shown where a number is not known. */
export const UNKNOWN = "–";

/** Three digits and a unit: `412 k`, `1.23 M`, `17`, `0.25`. */
export function formatCount(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return UNKNOWN;
  // 999,950 would round to `1000 k`.
  const step = STEPS.find(({ from }) => Math.abs(value) >= from * 0.9995);
  return step === undefined ? threeDigits(value) : threeDigits(value / step.from) + step.unit;
}

/** `412 µs`, `1.25 ms`, `2.1 s`. */
export function formatUs(valueUs: number | undefined): string {
  if (valueUs === undefined) return UNKNOWN;
  if (valueUs < 1_000) return `${Math.round(valueUs)} µs`;
  if (valueUs < 1_000_000) return `${threeDigits(valueUs / 1_000)} ms`;
  return `${threeDigits(valueUs / 1_000_000)} s`;
}

export function formatShare(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** `1.34 x`. */
export function formatRatio(ratio: number | undefined): string {
  return ratio === undefined || !Number.isFinite(ratio) ? UNKNOWN : `${ratio.toFixed(2)} x`;
}

function threeDigits(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, SIGNIFICANT_DIGITS - 1 - Math.floor(Math.log10(Math.abs(value))));
  const text = value.toFixed(Math.min(digits, SIGNIFICANT_DIGITS - 1));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
