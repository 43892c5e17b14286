import { OPTIONS } from "./bench-options.ts";

const OPTION_COLUMNS = 31;

const HEAD = `slotcast bench: broadcast or sharded? Starts clusters, drives PUBLISH and SPUBLISH, checks every delivery.

Examples
  slotcast bench                                        1, 2, 3 and 5 nodes, all modes
  slotcast bench --nodes 1,3 --payload 64,1024          fewer nodes, two payload sizes
  slotcast bench --versus redis-server --repeat 3       beside real redis-server nodes, taking turns
  slotcast bench --versus 'redis-server --io-threads 2' any command line
  slotcast bench --target 10.0.0.5:7000 --rate 20000    a cluster that is already running
  slotcast bench --report bench.html --json bench.json  plots, and all numbers

Options`;

const TAIL = `
Each row is two phases. Throughput: publishers send as fast as the deliveries arrive. Latency: messages are sent by a
schedule that the server cannot slow down, and timed from their scheduled moment to their arrival. Load grows with the
cluster: channels, publishers and subscribers are per node. Classic subscribers are spread over the nodes regardless of
their channels; sharded ones connect to the node that owns the channel's slot.

Bus bytes are counted by Slotcast; for redis-server they are computed: messages x (2264 + channel + payload).

Notes of a row
  generator     the load generator may have been the bottleneck: more --threads on a larger machine
  machine-full  all cores were busy: more nodes on this machine cannot show more throughput
  behind        the rate of the latency phase was not reached
  disconnected  the server closed subscribers that were too slow for it
  unchecked     the payload has no room for the 16 bytes that checks and latency need

Exit codes: 0 measured, 1 an error, 130 interrupted.
`;

export function helpText(): string {
  const lines = Object.entries(OPTIONS).map(([name, spec]) => {
    const left = "value" in spec ? `${name} ${spec.value}` : name;
    return `  ${left.padEnd(OPTION_COLUMNS)} ${spec.help}`;
  });
  return `${HEAD}\n${lines.join("\n")}\n${TAIL}`;
}
