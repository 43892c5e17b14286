import { measureScale, SHARDS_THAT_DIE, type Failover } from "./measure-scale.ts";

const SIZES: readonly number[] = [100, 300, 1000];

/** The table of docs/scale.md. `nodes`: of one size only. */
export function printScale(nodes: number | undefined, say: (line: string) => void): void {
  say(
    `| nodes | a fact is known to all, ms (median, longest) | a silence is suspected by all, ms | control bytes a node and second | frames a node and second | ${SHARDS_THAT_DIE} primaries killed: served again, ms (median, last) | ${SHARDS_THAT_DIE} fall silent |`,
  );
  say("|---|---|---|---|---|---|---|");
  for (const size of nodes === undefined ? SIZES : [nodes]) {
    const figures = measureScale(size);
    const { factMs, factMsMax, suspicionMs, bytesPerSecond, framesPerSecond } = figures;
    const cells = [
      `${size}`,
      `${factMs}, ${factMsMax}`,
      `${suspicionMs}`,
      `${Math.round(bytesPerSecond)}`,
      `${Math.round(framesPerSecond)}`,
      describe(figures.killedMs),
      describe(figures.silentMs),
    ];
    say(`| ${cells.join(" | ")} |`);
  }
}

function describe({ median, last }: Failover): string {
  return `${median}, ${last}`;
}
