import { nearestName } from "../../config/nearest-name.ts";
import type { NodeLogin } from "../node-client.ts";
import { AdminError } from "./admin-error.ts";

/** `slotcast cluster VERB …`. */
export const ADMIN_VERBS = ["status", "failover", "forget", "add", "remove"] as const;
export type AdminVerb = (typeof ADMIN_VERBS)[number];

export function isAdminVerb(text: string | undefined): text is AdminVerb {
  return ADMIN_VERBS.some((verb) => verb === text);
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Which node to ask, and how. */
export interface AdminTarget {
  readonly address: Address;
  readonly login: NodeLogin;
}

export interface AdminArguments {
  readonly target: AdminTarget;
  /** Given ones only; a flag has the value "". */
  readonly options: ReadonlyMap<string, string>;
  /** What is no option: a node, or an address. */
  readonly words: readonly string[];
}

/** Where `slotcast cluster` starts. */
const DEFAULT_ADDRESS: Address = { host: "127.0.0.1", port: 7000 };

const FLAGS: Readonly<Record<AdminVerb, readonly string[]>> = {
  status: ["--json"],
  failover: ["--force", "--takeover"],
  forget: [],
  add: [],
  remove: [],
};
const OF_TARGET = ["--host", "--port", "--user", "--pass"];
const VALUED: Readonly<Record<AdminVerb, readonly string[]>> = {
  status: OF_TARGET,
  failover: [...OF_TARGET, "--shard", "--node"],
  forget: OF_TARGET,
  add: [...OF_TARGET, "--shard", "--replica-of"],
  remove: OF_TARGET,
};

/** `env`: a password may come as REDISCLI_AUTH, as for redis-cli: `ps` shows command lines. Throws AdminError. */
export function parseAdminArguments(
  verb: AdminVerb,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): AdminArguments {
  const options = new Map<string, string>();
  const words: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? "";
    if (!argument.startsWith("-")) {
      words.push(argument);
      continue;
    }
    const equals = argument.indexOf("=");
    const name = equals < 0 ? argument : argument.slice(0, equals);
    if (FLAGS[verb].includes(name)) {
      options.set(name, "");
    } else if (VALUED[verb].includes(name)) {
      if (equals < 0) at += 1;
      const value = equals < 0 ? argv[at] : argument.slice(equals + 1);
      if (value === undefined || value === "") throw new AdminError(`${name}: a value is missing`);
      options.set(name, value);
    } else {
      const nearest = nearestName(name, [...VALUED[verb], ...FLAGS[verb]]);
      throw new AdminError(
        `unknown option '${name}'; did you mean '${nearest}'? See slotcast cluster ${verb} --help`,
      );
    }
  }
  return {
    target: {
      address: {
        host: options.get("--host") ?? DEFAULT_ADDRESS.host,
        port: parsePort(options.get("--port")) ?? DEFAULT_ADDRESS.port,
      },
      login: {
        user: options.get("--user") ?? "",
        password: options.get("--pass") ?? env["REDISCLI_AUTH"] ?? "",
      },
    },
    options,
    words,
  };
}

/** `host:port`, an IPv6 address in brackets. `undefined` when it is none. */
export function parseAddress(text: string): Address | undefined {
  const [, bracketed, plain, portText] = /^(?:\[(.+)\]|([^:\s]+)):(\d+)$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(portText);
  return host === undefined || !isPort(port) ? undefined : { host, port };
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = /^\d+$/.test(text) ? Number(text) : 0;
  if (!isPort(port)) throw new AdminError(`--port: '${text}' is not a port`);
  return port;
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535;
}
