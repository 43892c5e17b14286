/** A line of a writer's journal. Times are Unix times of this machine, the same for all of its hosts. */
export interface Attempt {
  readonly key: string;
  readonly value: string;
  /** `host:port` of the node that was asked. */
  readonly node: string;
  readonly sentMs: number;
  readonly endedMs: number;
  /** `refused`: surely not executed. `unknown`: perhaps. */
  readonly outcome: "acknowledged" | "refused" | "unknown";
  /** The reply, or what happened to the connection. */
  readonly said: string;
}
