/** Where a client reaches a node. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export function formatAddress({ host, port }: Address): string {
  return `${host}:${port}`;
}

/** Throws when the text is not of the form host:port. */
export function parseAddress(text: string): Address {
  const [, host, port] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (host === undefined) throw new Error(`'${text}' is not of the form host:port`);
  return { host, port: Number(port) };
}

/** Throws unless the two lists name the same nodes, in any order. */
export function assertSameAddresses(found: readonly string[], expected: readonly Address[]): void {
  const wanted = expected.map(formatAddress).toSorted().join(" ");
  const had = [...new Set(found)].toSorted().join(" ");
  if (had !== wanted) throw new Error(`the client was told ${had} instead of ${wanted}`);
}
