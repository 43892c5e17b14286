import type { NodeId } from "./facts.ts";
import type { LogProgress } from "./leader-view.ts";

/** What gossip says. Rumours: good for suspecting, never for deciding alone. */
export interface Rumours {
  /** Silent for too long, or gone. */
  isSuspected(nodeId: NodeId): boolean;
  /** It has said something since this process began, and is not suspected. A process that has just begun knows nobody. */
  isThere(nodeId: NodeId): boolean;
  /** The process that the facts know is certainly dead: its address refused, or another process answers there. */
  isGone(nodeId: NodeId): boolean;
  /** How long nothing was heard of it. 0: it is there. */
  absentMs(nodeId: NodeId): number;
  progress(nodeId: NodeId): LogProgress | undefined;
}
