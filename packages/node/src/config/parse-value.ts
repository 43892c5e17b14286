import { formatNamedAddress, parseAnnouncedClients, parseListeners } from "./client-listener.ts";
import type { Directive, DirectiveValue, Range } from "./directive.ts";
import { canonicalKeyspaceEvents } from "./keyspace-events.ts";
import { parseMemorySize } from "./memory-size.ts";
import { formatOutputBufferLimits, parseOutputBufferLimits } from "./output-buffer-limits.ts";
import { formatSavePoints, parseSavePoints } from "./save-points.ts";
import { formatSeed, parseSeeds } from "./seed-address.ts";
import { ValueError } from "./value-error.ts";

export interface ParsedValue {
  readonly value: DirectiveValue;
  /** As CONFIG GET prints it: canonical, so that two values are equal when their texts are. */
  readonly text: string;
}

/**
 * Reads the words that follow a directive's name. `previousText` is what was in force before: client classes
 * that `client-output-buffer-limit` does not name keep their limits. Throws ValueError with Redis' text.
 */
export function parseValue(
  directive: Directive,
  words: readonly string[],
  previousText: string,
): ParsedValue {
  switch (directive.type) {
    case "words":
      return parseWords(words, directive.count);
    case "flags":
      return parseFlags(words, directive.values);
    case "percentiles":
      return parsePercentiles(words);
    case "primary-address":
      return parsePrimaryAddress(words);
    case "save": {
      const value = parseSavePoints(words);
      return { value, text: formatSavePoints(value) };
    }
    case "output-buffer-limits": {
      const before = previousText === "" ? [] : previousText.split(" ");
      const value = parseOutputBufferLimits([...before, ...words]);
      return { value, text: formatOutputBufferLimits(value) };
    }
    case "listeners": {
      const value = parseListeners(words);
      return {
        value,
        text: value.map((one) => formatNamedAddress({ ...one, host: one.bind })).join(" "),
      };
    }
    case "seeds": {
      const value = parseSeeds(words);
      return { value, text: value.map(formatSeed).join(" ") };
    }
    case "announced-clients": {
      const value = parseAnnouncedClients(words);
      return { value, text: value.map(formatNamedAddress).join(" ") };
    }
    default: {
      const [word] = words;
      if (word === undefined || words.length > 1) throw new ValueError("wrong number of arguments");
      return parseWord(directive, word);
    }
  }
}

type OneWordDirective = Extract<
  Directive,
  { type: "bool" | "int" | "memory" | "enum" | "string" | "fixed" | "keyspace-events" }
>;

function parseWord(directive: OneWordDirective, word: string): ParsedValue {
  switch (directive.type) {
    case "bool":
      return parseBool(word);
    case "int":
      return parseInteger(word, directive.range, directive.clamp);
    case "memory":
      return parseMemory(word, directive.range, directive.percent === true ? "percent" : "bytes");
    case "enum": {
      const found = directive.values.find((value) => value === word.toLowerCase());
      if (found === undefined) throw refusalOf(directive, word.toLowerCase());
      return { value: found, text: found };
    }
    case "string":
      if (directive.form === "hostname") checkHostname(word);
      if (directive.form === "nodename") checkNodename(word);
      return { value: word, text: word };
    case "fixed":
      if (word !== directive.default) throw new ValueError(directive.why);
      return { value: word, text: word };
    case "keyspace-events": {
      const text = canonicalKeyspaceEvents(word);
      return { value: text, text };
    }
    // no default: tsc names a type that is forgotten here
  }
}

function parseBool(word: string): ParsedValue {
  const text = word.toLowerCase();
  if (text !== "yes" && text !== "no") throw new ValueError("argument must be 'yes' or 'no'");
  return { value: text === "yes", text };
}

/** What Redis' string2ll takes: no sign but a minus, no leading zero, no spaces. */
const INTEGER = /^(?:0|-?[1-9]\d*)$/;
const INT64: Range = [-(2n ** 63n), 2n ** 63n - 1n];

function parseInteger(word: string, range: Range, clamp: Range | undefined): ParsedValue {
  const parsed = INTEGER.test(word) ? BigInt(word) : undefined;
  if (parsed === undefined || !isWithin(parsed, INT64)) {
    throw new ValueError("argument couldn't be parsed into an integer");
  }
  checkRange(parsed, range);
  const value = clamp === undefined ? parsed : clampTo(parsed, clamp);
  return { value: Number(value), text: String(value) };
}

function parseMemory(word: string, range: Range, unit: "bytes" | "percent"): ParsedValue {
  const percent = unit === "percent" ? /^(\d+)%$/.exec(word)?.[1] : undefined;
  if (percent !== undefined) {
    if (Number(percent) > 100) {
      throw new ValueError("percentage argument must be less or equal to 100");
    }
    return { value: -Number(percent), text: `${Number(percent)}%` };
  }
  const sizeBytes = parseMemorySize(word);
  if (sizeBytes === undefined) {
    throw new ValueError(
      `argument must be a memory ${unit === "percent" ? "or percent " : ""}value`,
    );
  }
  checkRange(sizeBytes, range);
  return { value: Number(sizeBytes), text: String(sizeBytes) };
}

function parseWords(words: readonly string[], count: number | undefined): ParsedValue {
  const value = words.filter((word) => word !== "");
  if (count !== undefined && value.length !== count) {
    throw new ValueError("wrong number of arguments");
  }
  return { value, text: value.join(" ") };
}

function parseFlags(words: readonly string[], values: readonly string[]): ParsedValue {
  const given = words.map((word) => word.toLowerCase());
  if (given.length === 0 || given.some((word) => !values.includes(word))) throw notOneOf(values);
  const value = values.filter((word) => given.includes(word));
  return { value, text: value.join(" ") };
}

function parsePercentiles(words: readonly string[]): ParsedValue {
  const isNone = words.length === 1 && words[0] === "";
  const value = isNone ? [] : words.map(parsePercentile);
  return { value, text: value.join(" ") };
}

/** Six decimals, as Redis shows them. */
function parsePercentile(word: string): number {
  const percentile = Number(word);
  if (!/^[+-]?[\d.]/.test(word) || Number.isNaN(percentile)) {
    throw new ValueError("Invalid latency-tracking-info-percentiles parameters");
  }
  if (percentile < 0 || percentile > 100) {
    throw new ValueError(
      "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
    );
  }
  return Number(percentile.toFixed(6));
}

const PORT_MAX = 65_535;

/** Source: Redis 7.0 src/config.c, setConfigReplicaOfOption. */
function parsePrimaryAddress(words: readonly string[]): ParsedValue {
  const none = { value: undefined, text: "" };
  if (words.every((word) => word === "")) return none;
  const [host = "", portText = ""] = words;
  if (words.length !== 2) throw new ValueError("wrong number of arguments");
  if (host.toLowerCase() === "no" && portText.toLowerCase() === "one") return none;
  const port = Number(portText);
  if (!/^\d+$/.test(portText) || port > PORT_MAX) throw new ValueError("Invalid master port");
  return { value: { host, port }, text: `${host} ${port}` };
}

const HOSTNAME_CHARS_MAX = 255;

function checkHostname(word: string): void {
  if (word.length > HOSTNAME_CHARS_MAX) {
    throw new ValueError("Hostnames must be less than 256 characters");
  }
  if (!/^[a-z0-9.-]*$/i.test(word)) {
    throw new ValueError("Hostnames may only contain alphanumeric characters, hyphens or dots");
  }
}

/** The name stands in nodes.conf between commas. Source: Redis 7.2 src/cluster.c, isValidAuxString. */
function checkNodename(word: string): void {
  if (!/^[-"'./0-9A-Z\\_`a-z]*$/.test(word)) {
    throw new ValueError("Announced human node name contained invalid character");
  }
}

function refusalOf(
  { values, refused = {} }: Extract<Directive, { type: "enum" }>,
  word: string,
): ValueError {
  const reason = Object.hasOwn(refused, word) ? refused[word] : undefined;
  return reason === undefined ? notOneOf(values) : new ValueError(reason);
}

function notOneOf(values: readonly string[]): ValueError {
  return new ValueError(`argument(s) must be one of the following: ${values.join(", ")}`);
}

function checkRange(value: bigint, range: Range): void {
  if (!isWithin(value, range)) {
    throw new ValueError(`argument must be between ${range[0]} and ${range[1]} inclusive`);
  }
}

function isWithin(value: bigint, [min, max]: Range): boolean {
  return value >= min && value <= max;
}

function clampTo(value: bigint, [min, max]: Range): bigint {
  return value < min ? BigInt(min) : value > max ? BigInt(max) : value;
}
