import { CommandError, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { authenticate } from "./authentication.ts";

const NO_PASSWORD_SET = new CommandError(
  "ERR",
  "AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
);

/** AUTH [user] password. Source: Redis 7.0 src/acl.c, authCommand. */
export function auth(context: CommandContext, argv: readonly Bytes[]): void {
  const [, first, second, ...rest] = argv;
  if (first === undefined || rest.length > 0) throw SYNTAX_ERROR;
  if (second === undefined) {
    if (context.broker.config.get("requirepass") === "") throw NO_PASSWORD_SET;
    authenticate(context, { user: undefined, password: first });
  } else {
    authenticate(context, { user: first, password: second });
  }
  context.reply.ok();
}
