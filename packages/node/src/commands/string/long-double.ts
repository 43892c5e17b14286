import { ascii, type Bytes } from "@slotcast/protocol";

/**
 * A long double of x86-64, as Redis counts INCRBYFLOAT with: `mantissa * 2^exponent`, at most 64 bits of mantissa.
 * Its arithmetic is that of a bigint, rounded once at the end, which is what the hardware does.
 */
export interface LongDouble {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const MANTISSA_BITS = 64;
/** Of the last bit: 2^-16445 is the smallest number there is. */
const EXPONENT_MIN = -16_445;
/** From here on it is infinite. */
const BITS_MAX = 16_384;
/** Redis parses in a buffer of this size, its final NUL included. */
const TEXT_CHARS_MAX = 5 * 1024 - 1;
/** Decimal exponents beyond these are surely infinite or zero, so nobody can make us compute 10^999999999. */
const DECIMAL_EXPONENT_MAX = 4933;
const DECIMAL_EXPONENT_MIN = -4952;
/** Decimal places that are written, before trailing zeros go. */
const PLACES = 17;

/** What C's strtold takes, without surrounding spaces. */
const DECIMAL = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;
const HEXADECIMAL = /^([+-]?)0x(?=\.?[0-9a-f])([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?$/i;
const INFINITE = /^[+-]?inf(?:inity)?$/i;

/**
 * `undefined` when it is no float: bad syntax, NaN, or so large or small that strtold reports a range error.
 * `"infinite"` for the word. Source: Redis 7.0 src/util.c, string2ld.
 */
export function parseLongDouble(text: Bytes): LongDouble | "infinite" | undefined {
  if (text.length > TEXT_CHARS_MAX) return undefined;
  if (INFINITE.test(text)) return "infinite";
  const decimal = DECIMAL.exec(text);
  const [, sign, whole = "", fraction = "", exponentText = "0"] =
    decimal ?? HEXADECIMAL.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const digits = (whole + fraction).replace(/^0+/, "");
  if (digits === "") return { mantissa: 0n, exponent: 0 };
  const exponent = Number(exponentText);
  const size =
    decimal === null
      ? roundHexadecimal(digits, exponent - 4 * fraction.length)
      : roundDecimal(digits, exponent - fraction.length);
  if (size === undefined || size.mantissa === 0n) return undefined;
  return sign === "-" ? { ...size, mantissa: -size.mantissa } : size;
}

/** `undefined`: infinite. */
export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble | undefined {
  const exponent = Math.min(a.exponent, b.exponent);
  const sum =
    (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent));
  if (sum >= 0n) return round(sum, 1n, exponent);
  const size = round(-sum, 1n, exponent);
  return size === undefined ? undefined : { ...size, mantissa: -size.mantissa };
}

/** Without exponent, and without zeros at the end. Source: Redis 7.0 src/util.c, ld2string, LD_STR_HUMAN. */
export function formatLongDouble({ mantissa, exponent }: LongDouble): Bytes {
  const isNegative = mantissa < 0n;
  const scaled = (isNegative ? -mantissa : mantissa) * 10n ** BigInt(PLACES);
  const digits = (
    exponent >= 0 ? scaled << BigInt(exponent) : divideToEven(scaled, 1n << BigInt(-exponent))
  )
    .toString()
    .padStart(PLACES + 1, "0");
  const fraction = digits.slice(-PLACES).replace(/0+$/, "");
  const text = digits.slice(0, -PLACES) + (fraction === "" ? "" : `.${fraction}`);
  return ascii(isNegative && text !== "0" ? `-${text}` : text);
}

function roundDecimal(digits: string, exponent: number): LongDouble | undefined {
  const magnitude = digits.length + exponent;
  if (magnitude > DECIMAL_EXPONENT_MAX || magnitude < DECIMAL_EXPONENT_MIN) return undefined;
  return exponent >= 0
    ? round(BigInt(digits) * 10n ** BigInt(exponent), 1n, 0)
    : round(BigInt(digits), 10n ** BigInt(-exponent), 0);
}

function roundHexadecimal(digits: string, exponent: number): LongDouble | undefined {
  return round(BigInt(`0x${digits}`), 1n, exponent);
}

/** The long double nearest to `numerator / denominator * 2^exponent`, neither negative. `undefined`: infinite. */
function round(numerator: bigint, denominator: bigint, exponent: number): LongDouble | undefined {
  if (numerator === 0n) return { mantissa: 0n, exponent: 0 };
  const bits = quotientBitLength(numerator, denominator) + exponent;
  // Decided before anything is shifted: the exponent may be any number.
  if (bits > BITS_MAX) return undefined;
  if (bits < EXPONENT_MIN) return { mantissa: 0n, exponent: 0 };
  const last = Math.max(bits - MANTISSA_BITS, EXPONENT_MIN);
  const shift = exponent - last;
  const mantissa =
    shift >= 0
      ? divideToEven(numerator << BigInt(shift), denominator)
      : divideToEven(numerator, denominator << BigInt(-shift));
  return bitLength(mantissa) + last > BITS_MAX ? undefined : { mantissa, exponent: last };
}

/** Bits of the whole part; when there is none, as many below zero as the first one is behind the point. */
function quotientBitLength(numerator: bigint, denominator: bigint): number {
  const bits = bitLength(numerator) - bitLength(denominator);
  const isLonger =
    bits >= 0
      ? numerator >= denominator << BigInt(bits)
      : numerator << BigInt(-bits) >= denominator;
  return isLonger ? bits + 1 : bits;
}

/** To the nearest; what is right between two goes to the even one. */
function divideToEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  const isUp = twice > denominator || (twice === denominator && (quotient & 1n) === 1n);
  return isUp ? quotient + 1n : quotient;
}

function bitLength(value: bigint): number {
  const hexadecimal = value.toString(16);
  return 4 * hexadecimal.length + 28 - Math.clz32(Number.parseInt(hexadecimal.slice(0, 1), 16));
}
