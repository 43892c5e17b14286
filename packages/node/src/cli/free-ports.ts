import { once } from "node:events";
import { createServer } from "node:net";
import { ConfigError } from "../config/config-error.ts";
import type { NodePlan } from "./cluster-plan.ts";

/** Listens on every port of the plan for a moment. Throws a ConfigError that names the first one in use. */
export async function checkPortsAreFree(
  plans: readonly NodePlan[],
  hosts: readonly string[],
): Promise<void> {
  for (const { name, port, busPort } of plans) {
    for (const host of hosts) {
      await tryPort(port, { host, use: `clients of ${name}` });
      await tryPort(busPort, { host, use: `the cluster bus of ${name}` });
    }
  }
}

async function tryPort(
  port: number,
  options: { readonly host: string; readonly use: string },
): Promise<void> {
  const isOptional = options.host.startsWith("-");
  const host = isOptional ? options.host.slice(1) : options.host;
  const server = createServer();
  try {
    const listening = once(server, "listening");
    server.listen({ port, ...addressOf(host), exclusive: true });
    await listening;
  } catch (error) {
    const reason = listenErrorText(error, { port, host });
    if (!isOptional || isInUse(error)) throw new ConfigError(`${reason} (${options.use})`);
    return;
  }
  server.close();
  await once(server, "close");
}

/** Redis' spellings for all addresses. */
function addressOf(host: string): { host?: string; ipv6Only?: boolean } {
  if (host === "*") return { host: "0.0.0.0" };
  if (host === "::*" || host.includes(":")) return { host: host.replace("*", ""), ipv6Only: true };
  return { host };
}

/** One clear line for an error of `listen`. */
export function listenErrorText(
  error: unknown,
  address: { readonly port: number; readonly host: string },
): string {
  const { port, host } = address;
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return `port ${port} is already in use`;
    case "EACCES":
      return `port ${port} may not be opened by this user`;
    case "EADDRNOTAVAIL":
      return `bind: this machine has no address ${host}`;
    default:
      return `cannot listen on ${host} port ${port}: ${String(error)}`;
  }
}

function isInUse(error: unknown): boolean {
  return codeOf(error) === "EADDRINUSE";
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
