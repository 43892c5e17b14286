/**
 * The node cannot start with this configuration or these arguments. The message is one line for a human and
 * names the directive, the value and what is allowed: printed as `slotcast: …`, exit code 1, no stack.
 */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
