/** What came of one request, as the application sees it, and what only the client library knows. */
export type SendResult = {
  readonly unansweredAttempts: number;
} & (
  | { readonly outcome: "acknowledged"; readonly reply: unknown }
  | { readonly outcome: "refused" | "unknown"; readonly error: Error }
);

export type Words = readonly [name: string, ...args: string[]];

/** A client library with its default settings, as an application uses it. Ends with its `await using` block. */
export interface ApplicationClient extends AsyncDisposable {
  readonly library: "ioredis" | "node-redis";
  /** Errors that reached the application by themselves, as events. */
  readonly errorEvents: number;
  /** A command with one slot, that of `key`. Never rejects. */
  send(key: string, ...argv: Words): Promise<SendResult>;
}

export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
