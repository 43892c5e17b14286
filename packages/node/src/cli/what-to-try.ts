import type { Style } from "./style.ts";

/** Lines to paste into a terminal, for a cluster that just became ready on these ports. */
export function whatToTry(
  cluster: { readonly ports: readonly number[]; readonly password: string },
  { bold, dim }: Style,
): string {
  const [first = 7000] = cluster.ports;
  const second = cluster.ports[1] ?? first;
  const third = cluster.ports[2] ?? second;
  const login = cluster.password === "" ? "" : " --askpass";
  const cli = (port: number): string => `redis-cli -c -p ${port}${login}`;
  const status = first === 7000 ? "" : ` --port ${first}`;
  const lines: [command: string, remark: string][] = [
    [`${cli(first)} set greeting hello`, "any node: it redirects to the owner of the key"],
    [`${cli(second)} get greeting`, ""],
    [`${cli(first)} subscribe news`, "a second terminal: wait on one node …"],
    [`${cli(third)} publish news hello`, "… and publish on another"],
    [`${cli(first)} ssubscribe orders`, "the same by slot: only the owner's shard is involved"],
    [`${cli(first)} spublish orders hello`, ""],
    [`${cli(first)} xadd jobs '*' task 1`, "a stream"],
    [`${cli(first)} xread streams jobs 0`, ""],
    [`npx slotcast cluster status${status}`, "who leads, who follows, what is wrong"],
    ["npx slotcast bench", "broadcast or sharded: which is faster here?"],
  ];
  const width = Math.max(...lines.map(([command]) => command.length));
  const shown = lines.map(([command, remark]) =>
    remark === "" ? `  ${command}` : `  ${command.padEnd(width)}  ${dim(`# ${remark}`)}`,
  );
  return `\n${bold("Try")} (Ctrl-C here stops all nodes)\n${shown.join("\n")}\n\n`;
}
