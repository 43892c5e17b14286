import { BenchError } from "./bench-error.ts";
import { COUNT_MAX, NODES_MAX, PAYLOAD_BYTES_MAX, RATE_PER_S_MAX, SECONDS_MAX } from "./limits.ts";
import { MODES, type Mode } from "./mode.ts";
import { nearestName } from "./nearest-name.ts";
import type { NodeAddress } from "./resp-connection.ts";

export interface BenchOptions {
  readonly nodeCounts: readonly number[];
  /** Empty: clusters are started. */
  readonly target: readonly NodeAddress[];
  readonly password: string | undefined;
  readonly modes: readonly Mode[];
  readonly payloadsBytes: readonly number[];
  readonly channelsPerNode: number;
  readonly publishersPerNode: number;
  readonly subscribersPerNode: number;
  readonly pipeline: number;
  readonly seconds: number;
  /** `undefined`: half of the lowest throughput. */
  readonly ratePerS: number | undefined;
  readonly repeats: number;
  /** Load threads of each kind. */
  readonly threads: number;
  readonly versus: readonly string[];
  /** `-` is stdout. */
  readonly jsonPath: string | undefined;
  readonly csvPath: string | undefined;
  readonly reportPath: string | undefined;
}

interface OptionSpec {
  /** How the value is called in the help; none: a flag. */
  readonly value?: string;
  readonly help: string;
  readonly repeatable?: true;
}

/** The one list of options: parsing and help follow it. */
export const OPTIONS = {
  "--nodes": { value: "1,2,3,5", help: "node counts to start clusters of" },
  "--modes": {
    value: "all,interest,sharded",
    help: "what to measure: PUBLISH to all nodes, PUBLISH to interested nodes, SPUBLISH",
  },
  "--payload": {
    value: "64",
    help: "payload bytes; several: 64,1024. Below 16 deliveries cannot be checked or timed",
  },
  "--channels": { value: "4", help: "channels per node" },
  "--publishers": { value: "2", help: "publishing connections per node" },
  "--subscribers": { value: "8", help: "subscribing connections per node" },
  "--pipeline": {
    value: "16",
    help: "requests each publisher keeps unanswered in the throughput phase",
  },
  "--seconds": { value: "3", help: "measured time of each phase" },
  "--rate": {
    value: "n",
    help: "messages/s of the latency phase (default: half of the lowest throughput, the same for all modes and servers)",
  },
  "--repeat": { value: "1", help: "runs of everything; medians are reported" },
  "--threads": { value: "1", help: "load threads for publishers, and as many for subscribers" },
  "--target": {
    value: "host:port[,…]",
    help: "measure this running cluster instead of starting some",
  },
  "--password": { value: "text", help: "for --target; REDISCLI_AUTH in the environment works too" },
  "--versus": {
    value: "'redis-server …'",
    help: "also measure clusters of this server, taking turns; may be repeated",
    repeatable: true,
  },
  "--json": { value: "file", help: "all results as JSON; - for stdout" },
  "--csv": { value: "file", help: "one line for each row; - for stdout" },
  "--report": { value: "file.html", help: "one page with plots, readable without a network" },
  "--help": { help: "this text" },
} as const satisfies Record<string, OptionSpec>;

type OptionName = keyof typeof OPTIONS;
type Given = ReadonlyMap<OptionName, readonly string[]>;

/** `help` when asked for help, whatever else is said. Throws `BenchError`. */
export function parseBenchOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): BenchOptions | "help" {
  if (argv.includes("--help") || argv.includes("-h")) return "help";
  const given = readOptions(argv);
  const one = (name: OptionName): string | undefined => given.get(name)?.[0];
  const count = (name: OptionName, fallback: number): number => {
    const text = one(name);
    return text === undefined ? fallback : parseNumber(name, text, { min: 1, max: COUNT_MAX });
  };
  const rate = one("--rate");
  const options: BenchOptions = {
    nodeCounts: numbers(given, "--nodes", { fallback: [1, 2, 3, 5], min: 1, max: NODES_MAX }),
    target: parseTarget(one("--target")),
    password: one("--password") ?? env["REDISCLI_AUTH"],
    modes: parseModes(one("--modes")),
    payloadsBytes: numbers(given, "--payload", { fallback: [64], min: 0, max: PAYLOAD_BYTES_MAX }),
    channelsPerNode: count("--channels", 4),
    publishersPerNode: count("--publishers", 2),
    subscribersPerNode: count("--subscribers", 8),
    pipeline: count("--pipeline", 16),
    seconds: parseSeconds(one("--seconds") ?? "3"),
    ratePerS:
      rate === undefined ? undefined : parseNumber("--rate", rate, { min: 1, max: RATE_PER_S_MAX }),
    repeats: count("--repeat", 1),
    threads: count("--threads", 1),
    versus: [...new Set(given.get("--versus"))],
    jsonPath: one("--json"),
    csvPath: one("--csv"),
    reportPath: one("--report"),
  };
  checkTogether(options, given);
  return options;
}

function readOptions(argv: readonly string[]): Given {
  const given = new Map<OptionName, string[]>();
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? "";
    const equals = word.startsWith("--") ? word.indexOf("=") : -1;
    const name = equals === -1 ? word : word.slice(0, equals);
    if (!isOptionName(name)) throw unknownOption(name);
    const spec: OptionSpec = OPTIONS[name];
    let value = word.slice(equals + 1);
    if (equals === -1) {
      at += 1;
      const next = argv[at];
      if (next === undefined) throw new BenchError(`${name} needs a value: ${spec.value}`);
      value = next;
    }
    const values = given.get(name) ?? [];
    if (values.length > 0 && spec.repeatable !== true) {
      throw new BenchError(`${name} is given twice`);
    }
    given.set(name, [...values, value]);
  }
  return given;
}

function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

function unknownOption(name: string): BenchError {
  const near = nearestName(name, Object.keys(OPTIONS));
  const hint = near === undefined ? "see slotcast bench --help" : `did you mean ${near}?`;
  return new BenchError(`unknown option ${name}: ${hint}`);
}

interface NumberRange {
  readonly min: number;
  readonly max: number;
}

function parseNumber(name: OptionName, text: string, { min, max }: NumberRange): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new BenchError(`${name} ${text}: not a whole number from ${min} to ${max}`);
}

function numbers(
  given: Given,
  name: OptionName,
  { fallback, ...range }: NumberRange & { readonly fallback: readonly number[] },
): readonly number[] {
  const text = given.get(name)?.[0];
  if (text === undefined) return fallback;
  return [...new Set(text.split(",").map((part) => parseNumber(name, part.trim(), range)))];
}

function parseSeconds(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= SECONDS_MAX) return value;
  throw new BenchError(`--seconds ${text}: not a number above 0 and up to ${SECONDS_MAX}`);
}

function parseModes(text: string | undefined): readonly Mode[] {
  if (text === undefined) return MODES;
  const named = text.split(",").map((part) => part.trim());
  const unknown = named.find((name) => !MODES.some((mode) => mode === name));
  if (unknown !== undefined) {
    throw new BenchError(`--modes ${unknown}: known are ${MODES.join(", ")}`);
  }
  return MODES.filter((mode) => named.includes(mode));
}

function parseTarget(text: string | undefined): readonly NodeAddress[] {
  if (text === undefined) return [];
  return text.split(",").map((part) => {
    const [, host, port] = /^(.+):(\d{1,5})$/.exec(part.trim()) ?? [];
    if (host === undefined || !(Number(port) > 0 && Number(port) < 65_536)) {
      throw new BenchError(`--target ${part}: not host:port`);
    }
    return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
  });
}

function checkTogether(options: BenchOptions, given: Given): void {
  if (options.target.length > 0 && given.has("--nodes")) {
    throw new BenchError("--nodes and --target: a running cluster has the nodes it has");
  }
  if (options.jsonPath === "-" && options.csvPath === "-") {
    throw new BenchError("--json - and --csv -: only one can have stdout");
  }
}
