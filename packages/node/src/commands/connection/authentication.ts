import { createHash, timingSafeEqual } from "node:crypto";
import { CommandError, toText, type Bytes } from "@slotcast/protocol";
import { Restriction, type Connection } from "../../connection.ts";
import type { CommandContext } from "../handler.ts";

/** The only user there is; `requirepass` is his password, and without it any password will do. */
export const DEFAULT_USER = "default";

const WRONG_PASSWORD = new CommandError(
  "WRONGPASS",
  "invalid username-password pair or user is disabled.",
);

/**
 * Lifts the client's restriction, or throws WRONGPASS and leaves it as it was: a failed attempt does not log
 * out. Source: Redis 7.0 src/acl.c, ACLAuthenticateUser.
 */
export function authenticate(
  { client, broker }: CommandContext,
  given: { readonly user: Bytes | undefined; readonly password: Bytes },
): void {
  const isKnown = given.user === undefined || given.user === DEFAULT_USER;
  if (!isKnown || !isPassword(given.password, broker.config.get("requirepass"))) {
    throw WRONG_PASSWORD;
  }
  client.restrictions &= ~Restriction.needsAuth;
  client.decoder.authenticated = true;
}

/** As a new connection: a password is needed if there is one now. */
export function forgetAuthentication(client: Connection, password: string): void {
  if (password === "") return;
  client.restrictions |= Restriction.needsAuth;
  client.decoder.authenticated = false;
}

/** Compared as text, which is how the configuration holds it, in a time that tells nothing of where they differ. */
function isPassword(given: Bytes, password: string): boolean {
  return password === "" || timingSafeEqual(digest(toText(given)), digest(password));
}

/** Equal length for any text, as timingSafeEqual wants. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
