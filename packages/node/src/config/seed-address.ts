import { BUS_PORT_OFFSET } from "./bus-port.ts";
import { ValueError } from "./value-error.ts";

/** A node of the cluster that a new one asks first. */
export interface SeedAddress {
  readonly host: string;
  /** For clients: that is what people know. */
  readonly port: number;
  readonly busPort: number;
}

const SEED = /^(?:\[([^\]]+)\]|([^:@\s]+)):(\d+)(?:@(\d+))?$/;
const PORT_MAX = 65_535;

/** `host:port` or `host:port@busport`, with commas or spaces between them; an IPv6 address in brackets. */
export function parseSeeds(words: readonly string[]): readonly SeedAddress[] {
  const texts = words.flatMap((word) => word.split(",")).filter((text) => text !== "");
  const seeds = texts.map(parseSeed);
  const names = seeds.map(formatSeed);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new ValueError(`'${twice}' is there twice`);
  return seeds;
}

export function formatSeed({ host, port, busPort }: SeedAddress): string {
  const bus = busPort === port + BUS_PORT_OFFSET ? "" : `@${busPort}`;
  return `${host.includes(":") ? `[${host}]` : host}:${port}${bus}`;
}

function parseSeed(text: string): SeedAddress {
  const [, bracketed, plain, portText, busPortText] = SEED.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(portText);
  const busPort = busPortText === undefined ? port + BUS_PORT_OFFSET : Number(busPortText);
  if (host === undefined || !isPort(port) || !isPort(busPort)) {
    throw new ValueError(`'${text}' is not of the form host:port or host:port@busport`);
  }
  return { host, port, busPort };
}

function isPort(port: number): boolean {
  return port >= 1 && port <= PORT_MAX;
}
