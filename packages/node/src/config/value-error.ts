/**
 * A value that a directive does not take. The message is what `CONFIG SET` answers after the dash, byte for
 * byte Redis 7.0's (src/config.c); at start it becomes a ConfigError that also says what is allowed.
 */
export class ValueError extends Error {
  override readonly name = "ValueError";
}
