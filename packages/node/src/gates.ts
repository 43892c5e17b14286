/** What makes a request worth a second look, before it runs or after. */
export const Gate = {
  /** CLIENT PAUSE is in force. */
  pause: 1,
  /** `maxmemory` is set: keys may have to go, or the command. */
  memory: 2,
  /** What clients take is counted: `maxmemory` or `maxmemory-clients` is set. */
  clientMemory: 4,
  /** An LRU or LFU policy wants to know which keys are used. */
  keyUse: 8,
  /** Somebody wants to be told when keys change. */
  tracking: 16,
  /** Somebody sent MONITOR. */
  monitors: 32,
  /** Fewer replicas than `min-isr` asks for are in sync. */
  tooFewInSync: 64,
  /** Too much is executed and not replicated yet: clients that write wait. */
  congestion: 128,
  /** This node is a replica of another one, without a cluster. */
  replica: 256,
} as const;

/**
 * One number for everything that is not so on an ordinary day: while it is 0, a request pays a comparison for all of
 * it. Each bit is set and cleared by the part that it stands for.
 */
export class Gates {
  bits = 0;

  set(gate: number, isOn: boolean): void {
    this.bits = isOn ? this.bits | gate : this.bits & ~gate;
  }
}
