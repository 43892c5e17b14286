import type { Range } from "./directive.ts";

/** Redis' C types, which set the range that its error texts name. */
export const ANY_PORT: Range = [0, 65_535];
export const INT: Range = [0, 2 ** 31 - 1];
export const POSITIVE_INT: Range = [1, 2 ** 31 - 1];
export const SIGNED_INT: Range = [-(2 ** 31), 2 ** 31 - 1];
export const UINT: Range = [1, 2 ** 32 - 1];
export const LONG: Range = [0, 2n ** 63n - 1n];
export const POSITIVE_LONG: Range = [1, 2n ** 63n - 1n];
export const ULONG: Range = [0, 2n ** 64n - 1n];
