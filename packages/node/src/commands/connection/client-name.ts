import { CommandError, own, type Bytes } from "@slotcast/protocol";
import type { Connection } from "../../connection.ts";

const BAD_NAME = new CommandError(
  "ERR",
  "Client names cannot contain spaces, newlines or special characters.",
);
const NOT_PRINTABLE = /[^!-~]/;

/** Fits into a line of CLIENT LIST: no spaces, nothing beyond printable ASCII. The empty text fits. */
export function fitsClientList(text: Bytes): boolean {
  return !NOT_PRINTABLE.test(text);
}

/** The empty name takes the name away. Throws, and changes nothing, when the name may not be used. */
export function setClientName(client: Connection, name: Bytes): void {
  if (!fitsClientList(name)) throw BAD_NAME;
  client.name = own(name);
}
