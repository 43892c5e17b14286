import type { Directive, Range } from "./directive.ts";
import { formatMemorySize } from "./memory-size.ts";

/** What a directive takes, for error messages and help: `yes or no`, `a number from 0 to 65535`. */
export function describeAllowed(directive: Directive): string {
  switch (directive.type) {
    case "bool":
      return "yes or no";
    case "int":
      return `a number ${describeRange(directive.range, String)}`;
    case "memory":
      return `a size such as 100mb, ${describeRange(directive.range, formatSize)}`;
    case "enum":
      return `one of ${directive.values.join(", ")}`;
    case "flags":
      return `some of ${directive.values.join(", ")}`;
    case "string":
      return describeText(directive.form);
    case "words":
      return directive.count === undefined ? "one or more words" : `${directive.count} words`;
    case "fixed":
      return directive.default === "" ? "nothing else than empty" : `only ${directive.default}`;
    case "save":
      return 'pairs of seconds and changes, or ""';
    case "output-buffer-limits":
      return "normal, replica or pubsub, then hard limit, soft limit, soft seconds";
    case "percentiles":
      return "numbers from 0 to 100";
    case "primary-address":
      return 'host and port, or ""';
    case "keyspace-events":
      return "letters of Ag$lshzxeKEtmdn";
    case "listeners":
      return "name=bind:port or name=port";
    case "seeds":
      return "host:port or host:port@busport, several with commas";
    case "announced-clients":
      return "name=host:port";
  }
}

/** The default as one would write it in a file. */
export function describeDefault(directive: Directive): string {
  return directive.default === "" ? '""' : directive.default;
}

function describeText(form: "hostname" | "nodename" | "path" | undefined): string {
  if (form === "hostname") return "letters, digits, hyphens and dots";
  if (form === "nodename") return "letters, digits and plain punctuation";
  return form === "path" ? "a directory" : "a text";
}

/** Above this Redis' types end; nobody is helped by reading the number. */
const WORTH_TELLING_MAX = 2 ** 32;

function describeRange([min, max]: Range, show: (limit: number | bigint) => string): string {
  return max > WORTH_TELLING_MAX ? `${show(min)} or more` : `from ${show(min)} to ${show(max)}`;
}

function formatSize(sizeBytes: number | bigint): string {
  return formatMemorySize(BigInt(sizeBytes));
}
