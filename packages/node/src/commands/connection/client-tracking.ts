import {
  ascii,
  CommandError,
  compareBytes,
  EMPTY,
  lower,
  NOT_AN_INTEGER,
  SYNTAX_ERROR,
  type Bytes,
} from "@slotcast/protocol";
import type { Clients } from "../../clients.ts";
import type { ClientTracking, TrackingOptions } from "../../tracking/client-tracking.ts";
import type { CommandContext } from "../handler.ts";
import { parseInt64 } from "../parse-integer.ts";

const TWO_REDIRECTS = new CommandError(
  "ERR",
  "A client can only redirect to a single other client",
);
const NO_SUCH_CLIENT = new CommandError("ERR", "The client ID you want redirect to does not exist");
const PREFIX_WITHOUT_BCAST = new CommandError(
  "ERR",
  "PREFIX option requires BCAST mode to be enabled",
);
const BCAST_SWITCHED = new CommandError(
  "ERR",
  "You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.",
);
const BCAST_AND_OPT = new CommandError("ERR", "OPTIN and OPTOUT are not compatible with BCAST");
const BOTH_OPTS = new CommandError("ERR", "You can't specify both OPTIN mode and OPTOUT mode");
const OPT_SWITCHED = new CommandError(
  "ERR",
  "You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.",
);
const NOT_OPTIONAL = new CommandError(
  "ERR",
  "CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
);
const YES_WITHOUT_OPTIN = new CommandError(
  "ERR",
  "CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
);
const NO_WITHOUT_OPTOUT = new CommandError(
  "ERR",
  "CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
);

interface Given {
  readonly options: TrackingOptions;
  readonly prefixes: readonly Bytes[];
}

/**
 * CLIENT TRACKING <ON | OFF> [REDIRECT id] [PREFIX prefix …] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]
 *
 * ON again replaces the options, and adds to the prefixes. Source: Redis 7.0 src/networking.c, clientCommand.
 */
export function clientTracking(
  { broker, client, reply }: CommandContext,
  argv: readonly Bytes[],
): void {
  const given = parseOptions(argv.slice(3), broker.clients);
  switch (lower(argv[2] ?? EMPTY)) {
    case "on":
      checkOptions(given, client.tracking);
      broker.tracking.enable(client, given.options, given.prefixes);
      break;
    case "off":
      broker.tracking.disable(client);
      break;
    default:
      throw SYNTAX_ERROR;
  }
  reply.ok();
}

/** CLIENT CACHING <YES | NO>: whether the keys of the next command, or transaction, are remembered. */
export function clientCaching({ client, reply }: CommandContext, argv: readonly Bytes[]): void {
  const { tracking } = client;
  if (tracking === undefined) throw NOT_OPTIONAL;
  switch (lower(argv[2] ?? EMPTY)) {
    case "yes":
      if (!tracking.isOptIn) throw YES_WITHOUT_OPTIN;
      break;
    case "no":
      if (!tracking.isOptOut) throw NO_WITHOUT_OPTOUT;
      break;
    default:
      throw SYNTAX_ERROR;
  }
  tracking.isCachingGiven = true;
  reply.ok();
}

/** CLIENT GETREDIR. Reply: the id of the client that is told in place of this one; 0: itself; -1: it does not track. */
export function clientGetredir({ client, reply }: CommandContext): void {
  reply.integer(client.tracking?.redirectTo ?? -1);
}

/** CLIENT TRACKINGINFO. Reply: a map of flags, redirect and prefixes. */
export function clientTrackinginfo({ client, reply }: CommandContext): void {
  const { tracking } = client;
  const flags = flagsOf(tracking);
  const prefixes = [...(tracking?.prefixes ?? [])].toSorted(compareBytes);
  reply.map(3);
  reply.bulk(ascii("flags"));
  reply.set(flags.length);
  for (const flag of flags) reply.bulk(ascii(flag));
  reply.bulk(ascii("redirect"));
  reply.integer(tracking?.redirectTo ?? -1);
  reply.bulk(ascii("prefixes"));
  reply.array(prefixes.length);
  for (const prefix of prefixes) reply.bulk(prefix);
}

function flagsOf(tracking: ClientTracking | undefined): string[] {
  if (tracking === undefined) return ["off"];
  const { isBroadcast, isOptIn, isOptOut, isCachingGiven, isNoLoop, isBroken } = tracking;
  const flags = ["on"];
  if (isBroadcast) flags.push("bcast");
  if (isOptIn) flags.push("optin", ...(isCachingGiven ? ["caching-yes"] : []));
  if (isOptOut) flags.push("optout", ...(isCachingGiven ? ["caching-no"] : []));
  if (isNoLoop) flags.push("noloop");
  if (isBroken) flags.push("broken_redirect");
  return flags;
}

function parseOptions(words: readonly Bytes[], clients: Clients): Given {
  const switches = new Set<string>();
  const prefixes: Bytes[] = [];
  let redirectTo = 0;
  for (let index = 0; index < words.length; index += 1) {
    const option = lower(words[index] ?? EMPTY);
    const value = words[index + 1];
    if (option === "redirect" && value !== undefined) {
      if (redirectTo !== 0) throw TWO_REDIRECTS;
      redirectTo = parseRedirect(value, clients);
      index += 1;
    } else if (option === "prefix" && value !== undefined) {
      prefixes.push(value);
      index += 1;
    } else if (SWITCHES.has(option)) {
      switches.add(option);
    } else {
      throw SYNTAX_ERROR;
    }
  }
  return {
    prefixes,
    options: {
      redirectTo,
      isBroadcast: switches.has("bcast"),
      isOptIn: switches.has("optin"),
      isOptOut: switches.has("optout"),
      isNoLoop: switches.has("noloop"),
    },
  };
}

const SWITCHES = new Set<string>(["bcast", "optin", "optout", "noloop"]);

/** It must be there now; that it goes later is reported then. */
function parseRedirect(word: Bytes, clients: Clients): number {
  const id = parseInt64(word);
  if (id === undefined) throw NOT_AN_INTEGER;
  if (clients.get(Number(id)) === undefined) throw NO_SUCH_CLIENT;
  return Number(id);
}

/** Whether the options fit together, and what is in force. */
function checkOptions({ options, prefixes }: Given, inForce: ClientTracking | undefined): void {
  const { isBroadcast, isOptIn, isOptOut } = options;
  if (!isBroadcast && prefixes.length > 0) throw PREFIX_WITHOUT_BCAST;
  if (inForce !== undefined && inForce.isBroadcast !== isBroadcast) throw BCAST_SWITCHED;
  if (isBroadcast && (isOptIn || isOptOut)) throw BCAST_AND_OPT;
  if (isOptIn && isOptOut) throw BOTH_OPTS;
  if ((isOptIn && inForce?.isOptOut === true) || (isOptOut && inForce?.isOptIn === true)) {
    throw OPT_SWITCHED;
  }
  checkOverlaps(prefixes, [...(inForce?.prefixes ?? [])].toSorted(compareBytes));
}

/** A key under two prefixes would be told twice. Source: checkPrefixCollisionsOrReply. */
function checkOverlaps(prefixes: readonly Bytes[], inForce: readonly Bytes[]): void {
  for (const [index, prefix] of prefixes.entries()) {
    const existing = inForce.find((other) => overlap(prefix, other));
    if (existing !== undefined) throw overlapping(prefix, `an existing prefix '${existing}'`);
    const provided = prefixes.slice(index + 1).find((other) => overlap(prefix, other));
    if (provided !== undefined) throw overlapping(prefix, `another provided prefix '${provided}'`);
  }
}

function overlap(a: Bytes, b: Bytes): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function overlapping(prefix: Bytes, other: string): CommandError {
  return new CommandError(
    "ERR",
    `Prefix '${prefix}' overlaps with ${other}. Prefixes for a single client must not overlap.`,
  );
}
