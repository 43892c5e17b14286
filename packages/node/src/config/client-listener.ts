import { ValueError } from "./value-error.ts";

/** A further port for clients. Those who come in by it are redirected to the addresses announced for its name. */
export interface ClientListener {
  readonly name: string;
  /** `undefined`: the addresses of `bind`. */
  readonly bind: string | undefined;
  readonly port: number;
}

/** Under which address the clients of the listener `name` reach this node. */
export interface AnnouncedClient {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Names travel on the bus and are announced with addresses, next to `,` and `=`. */
const NAMED = /^([a-z0-9][a-z0-9_-]*)=(.+)$/i;
const BRACKETED = /^\[(.+)\]:(\d+)$/;
const PLAIN = /^(?:([^:\s]+):)?(\d+)$/;

/** `name=bind:port` or `name=port`, with an IPv6 address in brackets. */
export function parseListeners(words: readonly string[]): readonly ClientListener[] {
  const listeners = withoutEmpty(words).map((word): ClientListener => {
    const { name, host, port } = parseNamedAddress(word, "name=bind:port or name=port");
    return { name, bind: host, port };
  });
  refuseRepeatedNames(listeners);
  return listeners;
}

/** `name=host:port`. */
export function parseAnnouncedClients(words: readonly string[]): readonly AnnouncedClient[] {
  const announced = withoutEmpty(words).map((word): AnnouncedClient => {
    const { name, host, port } = parseNamedAddress(word, "name=host:port");
    if (host === undefined) throw new ValueError(`'${word}' is not of the form name=host:port`);
    return { name, host, port };
  });
  refuseRepeatedNames(announced);
  return announced;
}

export function formatNamedAddress(named: {
  readonly name: string;
  readonly host: string | undefined;
  readonly port: number;
}): string {
  if (named.host === undefined) return `${named.name}=${named.port}`;
  return `${named.name}=${formatAddress({ host: named.host, port: named.port })}`;
}

/** `host:port`, with an IPv6 address in brackets. */
function formatAddress(address: { readonly host: string; readonly port: number }): string {
  const { host, port } = address;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** `undefined` when the text is not `host:port`, `[v6]:port` or `port` with a port of 1 to 65535. */
function parseAddress(text: string): { host: string | undefined; port: number } | undefined {
  const match = BRACKETED.exec(text) ?? PLAIN.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port < 1 || port > 65_535) return undefined;
  return { host: match[1], port };
}

function parseNamedAddress(
  word: string,
  form: string,
): { name: string; host: string | undefined; port: number } {
  const [, name, text] = NAMED.exec(word) ?? [];
  const address = text === undefined ? undefined : parseAddress(text);
  if (name === undefined || address === undefined) {
    throw new ValueError(`'${word}' is not of the form ${form}`);
  }
  return { name, ...address };
}

function withoutEmpty(words: readonly string[]): string[] {
  return words.filter((word) => word !== "");
}

function refuseRepeatedNames(all: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of all) {
    if (seen.has(name)) throw new ValueError(`the name '${name}' is used twice`);
    seen.add(name);
  }
}
