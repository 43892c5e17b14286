import { CommandError, EMPTY, lower, own, type Bytes } from "@slotcast/protocol";
import { CLIENT_NAME_BYTES_MAX } from "../../limits.ts";
import type { CommandContext } from "../handler.ts";
import { fitsClientList, setClientName } from "./client-name.ts";

/** CLIENT ID */
export function clientId({ client, reply }: CommandContext): void {
  reply.integer(client.id);
}

/** CLIENT GETNAME: null for a client without a name. */
export function clientGetname({ client, reply }: CommandContext): void {
  if (client.name === EMPTY) reply.nullBulk();
  else reply.bulk(client.name);
}

/** CLIENT SETNAME name. The empty name takes the name away. */
export function clientSetname({ client, reply }: CommandContext, argv: readonly Bytes[]): void {
  setClientName(client, argv[2] ?? EMPTY);
  reply.ok();
}

/** CLIENT SETINFO <LIB-NAME | LIB-VER> text. Source: Redis 7.2 src/networking.c, clientSetinfoCommand. */
export function clientSetinfo({ client, reply }: CommandContext, argv: readonly Bytes[]): void {
  const [, , attribute = EMPTY, text = EMPTY] = argv;
  const known = lower(attribute);
  if (known !== "lib-name" && known !== "lib-ver") {
    throw new CommandError("ERR", `Unrecognized option '${attribute}'`);
  }
  if (text.length > CLIENT_NAME_BYTES_MAX) {
    throw new CommandError("ERR", `${attribute} takes at most ${CLIENT_NAME_BYTES_MAX} bytes.`);
  }
  if (!fitsClientList(text)) {
    throw new CommandError(
      "ERR",
      `${attribute} cannot contain spaces, newlines or special characters.`,
    );
  }
  if (known === "lib-name") client.libraryName = own(text);
  else client.libraryVersion = own(text);
  reply.ok();
}
