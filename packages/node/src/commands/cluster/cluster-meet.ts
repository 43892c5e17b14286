import { isIP } from "node:net";
import { CommandError, ERROR_QUOTE_CHARS_MAX, type Bytes } from "@slotcast/protocol";
import { BUS_PORT_OFFSET } from "../../config/bus-port.ts";
import { wrongSubcommandArity } from "../connection/wrong-subcommand-arity.ts";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";
import { answerWhenDone } from "./answer-when-decided.ts";
import { clusterOf } from "./cluster-of.ts";

const PORT_MAX = 65_535;

/**
 * CLUSTER MEET ip port [bus-port]: the two nodes become one cluster. Reply: OK when they are, or are about to be; an
 * error when they cannot be.
 * Source: Redis 7.0 src/cluster.c, clusterCommand and clusterStartHandshake.
 */
export function clusterMeet(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , host, portText, busPortText] = argv as readonly [Bytes, Bytes, Bytes, Bytes, Bytes?]; // arity
  const { admin } = clusterOf(context);
  if (argv.length > 5) throw wrongSubcommandArity(argv);
  const port = parseInteger(portText);
  if (port === undefined) throw invalid("TCP base port", portText);
  const busPort = busPortText === undefined ? port + BUS_PORT_OFFSET : parseInteger(busPortText);
  if (busPort === undefined) throw invalid("TCP bus port", busPortText ?? portText);
  // An address of a link (`fe80::1%eth0`) means something to one machine only.
  const isAddress = isIP(host) !== 0 && !host.includes("%");
  if (!isAddress || !isPort(port) || !isPort(busPort)) {
    throw invalid("node address", `${host}:${portText}`);
  }
  answerWhenDone(context, argv, admin.meet({ host, port, busPort }));
}

function isPort(value: number): boolean {
  return value > 0 && value <= PORT_MAX;
}

function invalid(what: string, text: string): CommandError {
  const quoted = text.slice(0, ERROR_QUOTE_CHARS_MAX);
  return new CommandError("ERR", `Invalid ${what} specified: ${quoted}`);
}
