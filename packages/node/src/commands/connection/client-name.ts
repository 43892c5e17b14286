import { CommandError, own, type Bytes } from "@slotcast/protocol";
import type { Connection } from "../../connection.ts";
import { CLIENT_NAME_BYTES_MAX } from "../../limits.ts";

const BAD_NAME = new CommandError(
  "ERR",
  "Client names cannot contain spaces, newlines or special characters.",
);
const TOO_LONG = new CommandError(
  "ERR",
  `Client names take at most ${CLIENT_NAME_BYTES_MAX} bytes.`,
);
const NOT_PRINTABLE = /[^!-~]/;

/** Fits into a line of CLIENT LIST: no spaces, nothing beyond printable ASCII. The empty text fits. */
export function fitsClientList(text: Bytes): boolean {
  return !NOT_PRINTABLE.test(text);
}

/** The empty name takes the name away. Throws, and changes nothing, when the name may not be used. */
export function setClientName(client: Connection, name: Bytes): void {
  if (!fitsClientList(name)) throw BAD_NAME;
  if (name.length > CLIENT_NAME_BYTES_MAX) throw TOO_LONG;
  client.name = own(name);
}
