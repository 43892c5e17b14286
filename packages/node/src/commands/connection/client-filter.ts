import { CommandError, EMPTY, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { Broker } from "../../broker.ts";
import type { Connection } from "../../connection.ts";
import { parseInt64 } from "../parse-integer.ts";
import { DEFAULT_USER } from "./authentication.ts";
import { clientFlags, KNOWN_FLAGS } from "./client-flags.ts";
import { clientTypeOf, parseClientType } from "./client-type.ts";

/** Whom CLIENT LIST shows or CLIENT KILL ends: who meets all that is given. */
export interface ClientFilter {
  /** In the order given; `undefined`: any. */
  readonly ids: readonly number[] | undefined;
  readonly skipsMe: boolean | undefined;
  matches(connection: Connection): boolean;
}

/** How ids that are none are refused: the two commands differ. */
export interface IdRules {
  readonly notAnId: CommandError;
  /** What an unknown word after an id is. */
  readonly afterIds: CommandError;
  readonly idMin: bigint;
}

type Test = (connection: Connection) => boolean;

interface Option {
  readonly broker: Broker;
  readonly nowMs: number;
  readonly value: Bytes;
  /** As error texts name it: `FLAGS`, or `NOT-FLAGS`. */
  readonly name: string;
}

/** Those that `NOT-` may stand before. Valkey 9.0, but for `addr`, `laddr`, `type` and `user` of Redis. */
const TESTS: Readonly<Record<string, (option: Option) => Test>> = {
  addr:
    ({ value }) =>
    ({ address }) =>
      address === value,
  laddr:
    ({ value }) =>
    ({ localAddress }) =>
      localAddress === value,
  ip:
    ({ value }) =>
    ({ socket }) =>
      socket.remoteAddress === value,
  name:
    ({ value }) =>
    ({ name }) =>
      name === value,
  "lib-name":
    ({ value }) =>
    ({ libraryName }) =>
      libraryName === value,
  "lib-ver":
    ({ value }) =>
    ({ libraryVersion }) =>
      libraryVersion === value,
  type: typeTest,
  user: userTest,
  flags: flagsTest,
  capa: capaTest,
  db: databaseTest,
};

/** Redis 7.4 and Valkey 9.0. Whoever is at least so old, or idle for so long, in seconds. */
const AGES: Readonly<Record<string, (connection: Connection) => number>> = {
  maxage: ({ createdMs }) => createdMs,
  idle: ({ lastActiveMs }) => lastActiveMs,
};

const NOT = "not-";

/**
 * Reads `<option> <value> …`; an option given again replaces the one before, but ids add up. Several ids may follow
 * one ID. Throws SYNTAX_ERROR and the errors of Redis and Valkey. Source: Valkey 9.0, CLIENT LIST and CLIENT KILL.
 */
export function parseClientFilter(
  words: readonly Bytes[],
  { broker, nowMs, idRules }: { broker: Broker; nowMs: number; idRules: IdRules },
): ClientFilter {
  const tests = new Map<string, Test>();
  let ids: number[] | undefined;
  const otherIds = new Set<number>();
  let skipsMe: boolean | undefined;
  let unknownWord = SYNTAX_ERROR;
  for (let index = 0; index < words.length;) {
    const option = lower(words[index] ?? EMPTY);
    const value = words[index + 1];
    if (value === undefined) throw unknownWord;
    if (option === "id" || option === "not-id") {
      const given = takeIds(words.slice(index + 1), idRules);
      if (option === "id") ids = [...(ids ?? []), ...given];
      else for (const id of given) otherIds.add(id);
      index += 1 + given.length;
      unknownWord = idRules.afterIds;
      continue;
    }
    if (option === "skipme") {
      skipsMe = parseYesOrNo(value);
    } else if (Object.hasOwn(AGES, option)) {
      tests.set(option, ageTest(option, value, nowMs));
    } else {
      const isNegated = option.startsWith(NOT);
      const name = isNegated ? option.slice(NOT.length) : option;
      const makeTest = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
      if (makeTest === undefined) throw unknownWord;
      const test = makeTest({ broker, nowMs, value, name: option.toUpperCase() });
      tests.set(option, isNegated ? (connection) => !test(connection) : test);
    }
    index += 2;
    unknownWord = SYNTAX_ERROR;
  }
  const all = [...tests.values()];
  return {
    ids,
    skipsMe,
    matches: (connection) =>
      (ids === undefined || ids.includes(connection.id)) &&
      !otherIds.has(connection.id) &&
      all.every((test) => test(connection)),
  };
}

/** At least one; up to the first word that is no number. */
function takeIds(words: readonly Bytes[], { notAnId, idMin }: IdRules): number[] {
  const ids: number[] = [];
  for (const word of words) {
    const id = parseInt64(word);
    if (id === undefined) break;
    if (id < idMin) throw notAnId;
    ids.push(Number(id));
  }
  if (ids.length === 0) throw notAnId;
  return ids;
}

function parseYesOrNo(word: Bytes): boolean {
  const known = lower(word);
  if (known !== "yes" && known !== "no") throw SYNTAX_ERROR;
  return known === "yes";
}

function ageTest(option: string, value: Bytes, nowMs: number): Test {
  const sinceMs = AGES[option];
  const seconds = parseInt64(value);
  if (seconds === undefined) {
    throw new CommandError("ERR", `${option} is not an integer or out of range`);
  }
  if (seconds <= 0) throw new CommandError("ERR", `${option} should be greater than 0`);
  return (connection) => nowMs - (sinceMs?.(connection) ?? nowMs) >= Number(seconds) * 1000;
}

function typeTest({ value }: Option): Test {
  const type = parseClientType(value);
  return (connection) => clientTypeOf(connection) === type;
}

/** Everybody is the `default` user. */
function userTest({ value }: Option): Test {
  if (value !== DEFAULT_USER) throw new CommandError("ERR", `No such user '${value}'`);
  return () => true;
}

function flagsTest({ broker, value, name }: Option): Test {
  if ([...value].some((flag) => !KNOWN_FLAGS.includes(flag))) throw unknown("flags", value, name);
  return (connection) => {
    const flags = clientFlags(broker, connection);
    return [...value].every((flag) => flags.includes(flag));
  };
}

function capaTest({ value, name }: Option): Test {
  if ([...value].some((capability) => capability !== "r")) throw unknown("capa", value, name);
  return ({ followsRedirects }) => value === EMPTY || followsRedirects;
}

function databaseTest({ broker, value, name }: Option): Test {
  const index = parseInt64(value);
  if (index === undefined) {
    throw new CommandError("ERR", `${name} is not an integer or out of range`);
  }
  const last = broker.config.get("databases") - 1;
  if (index < 0 || index > last) {
    throw new CommandError("ERR", `${name} number should be between 0 and ${last}`);
  }
  return ({ database }) => database === Number(index);
}

function unknown(what: string, value: Bytes, name: string): CommandError {
  const where = name.startsWith("NOT-") ? name : "provided";
  return new CommandError("ERR", `Unknown ${what} found in the ${where} filter: ${value}`);
}
