import type { Bytes } from "@slotcast/protocol";

/** What a client asked for with CLIENT TRACKING ON. */
export interface TrackingOptions {
  /** Id of the client that is told in its place; 0: itself. */
  readonly redirectTo: number;
  /** BCAST: told of every key that begins with a prefix, read or not. */
  readonly isBroadcast: boolean;
  /** OPTIN: only keys of the command or transaction after CLIENT CACHING YES are remembered. */
  readonly isOptIn: boolean;
  /** OPTOUT: all but those after CLIENT CACHING NO. */
  readonly isOptOut: boolean;
  /** NOLOOP: not told of what it changed itself. */
  readonly isNoLoop: boolean;
}

/** A client that tracks keys. Owner: its Connection; Tracking writes it. */
export interface ClientTracking extends TrackingOptions {
  /** CLIENT CACHING was sent: it holds for the next command, or the transaction that begins with it. */
  isCachingGiven: boolean;
  /** A message could not be delivered: the client that it redirects to is gone. */
  isBroken: boolean;
  /** Of BCAST; the empty prefix is every key. */
  readonly prefixes: Set<Bytes>;
}
