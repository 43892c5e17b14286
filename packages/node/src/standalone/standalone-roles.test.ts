import { ascii } from "@slotcast/protocol";
import { expect, test } from "vitest";
import { ShardRole, type ShardAction } from "../cluster-core/shard-role.ts";
import { EffectLog } from "../replication/effect-log.ts";
import type { ReplicationFrame } from "../replication/frames.ts";
import { StandaloneAuthority } from "./standalone-authority.ts";

// Goal: the halves of replication do what they promise when an operator, and not a cluster, says who leads.

const TURN_MS = 20;
let nowMs = 0;

/** A server without keys and sockets: what was executed is a text. */
class Server {
  readonly log = new EffectLog();
  readonly authority: StandaloneAuthority;
  readonly role: ShardRole;
  applied = "";
  committed = 0;
  fullSyncs = 0;
  discarded = "";
  /** Frames to it, each with its sender. */
  readonly inbox: { readonly from: Server; readonly frame: ReplicationFrame }[] = [];
  readonly linked = new Map<string, Server>();

  constructor(digit: string) {
    this.authority = new StandaloneAuthority({ nodeId: digit.repeat(40), random: () => 0 });
    this.role = new ShardRole({ self: this.authority.self, log: this.log });
    this.lead();
  }

  get id(): string {
    return this.authority.self.nodeId;
  }

  get inSync(): readonly string[] {
    return this.authority.shard.isr.map(({ nodeId }) => nodeId.slice(0, 1));
  }

  lead(): void {
    for (const other of [...this.linked.values()]) unlink(this, other);
    const historyId = this.log.historyId || this.id;
    this.authority.lead({ historyId, logEpoch: this.log.epoch, unixMs: nowMs });
    this.#learn();
  }

  follow(primary: Server): void {
    for (const other of [...this.linked.values()]) unlink(this, other);
    this.authority.followNobody();
    this.#learn();
    const { epoch, historyId } = primary.authority.shard;
    primary.authority.register(this.id);
    primary.#learn();
    this.authority.follow({ nodeId: primary.id, epoch, historyId });
    this.#learn();
    link(this, primary);
  }

  write(text: string): number {
    this.applied += text;
    const end = this.role.append(ascii(text));
    this.role.flush(nowMs);
    this.act();
    return end;
  }

  turn(): void {
    for (const { from, frame } of this.inbox.splice(0)) {
      if (this.linked.get(from.id) === from) this.role.receive(from.id, frame, nowMs);
    }
    this.role.tick(nowMs);
    this.act();
  }

  unlinked(nodeId: string): void {
    this.role.unlinked(nodeId, nowMs);
    if (this.role.primary !== undefined) this.authority.unregister(nodeId);
    this.#learn();
  }

  act(): void {
    for (;;) {
      const actions = this.role.takeActions();
      if (actions.length === 0) return;
      for (const action of actions) this.#perform(action);
    }
  }

  #learn(): void {
    this.role.factsChanged(this.authority.facts, nowMs);
    this.act();
  }

  #perform(action: ShardAction): void {
    const { primary, replica } = this.role;
    switch (action.do) {
      case "send":
        for (const to of action.to)
          this.linked.get(to)?.inbox.push({ from: this, frame: action.frame });
        break;
      case "apply":
        this.applied += action.effects;
        break;
      case "committed":
        this.committed = action.offset;
        break;
      case "propose-isr":
        expect(this.authority.setIsr(action.proposal)).toBe(true);
        this.#learn();
        break;
      case "send-snapshot": {
        const snapshot = primary?.beginSnapshot(action.to);
        snapshot?.send(ascii(this.applied));
        if (snapshot !== undefined) primary?.finishSnapshot(snapshot);
        this.fullSyncs += 1;
        break;
      }
      case "reset":
        this.applied = "";
        break;
      case "load-snapshot":
        this.applied += action.bytes;
        break;
      case "finish-snapshot":
        replica?.snapshotLoaded(nowMs);
        break;
      case "discarded":
        this.discarded += action.effects;
        break;
      case "diverged":
        throw new Error(action.why);
      default:
        break;
    }
  }
}

function link(one: Server, other: Server): void {
  one.linked.set(other.id, other);
  other.linked.set(one.id, one);
  other.role.linked(one.id, nowMs);
  one.role.linked(other.id, nowMs);
  one.act();
  other.act();
}

function unlink(one: Server, other: Server): void {
  one.linked.delete(other.id);
  other.linked.delete(one.id);
  one.unlinked(other.id);
  other.unlinked(one.id);
}

function turns(count: number, ...servers: readonly Server[]): void {
  for (let turn = 0; turn < count; turn += 1) {
    nowMs += TURN_MS;
    for (const server of servers) server.turn();
  }
}

/** A primary with replicas that are in step, and a write on all of them. */
function group(): { a: Server; b: Server; c: Server } {
  const [a, b, c] = [new Server("a"), new Server("b"), new Server("c")];
  b.follow(a);
  c.follow(a);
  turns(20, a, b, c);
  a.write("one.");
  turns(5, a, b, c);
  expect([b.applied, c.applied]).toEqual(["one.", "one."]);
  return { a, b, c };
}

test("a replica takes everything over, comes into the set, and commits wait for it", () => {
  const [a, b] = [new Server("a"), new Server("b")];
  a.write("before.");
  b.write("its own.");
  b.follow(a);
  turns(20, a, b);
  expect(b.applied).toBe("before.");
  expect(a.inSync).toEqual(["a", "b"]);
  const end = a.write("after.");
  expect(a.committed).toBeLessThan(end);
  turns(3, a, b);
  expect(a.committed).toBe(end);
  expect(b.applied).toBe("before.after.");
});

test("a replica whose link is down is out of the set soon, and goes on where it was when it is back", () => {
  const { a, b, c } = group();
  const { fullSyncs } = a;
  unlink(a, b);
  const end = a.write("two.");
  turns(2, a, c);
  expect(a.committed).toBeLessThan(end);
  turns(10, a, c);
  expect([a.committed, a.inSync]).toEqual([end, ["a", "c"]]);
  b.follow(a);
  turns(20, a, b, c);
  expect([b.applied, a.inSync, a.fullSyncs]).toEqual(["one.two.", ["a", "c", "b"], fullSyncs]);
});

test("the others follow a promoted replica without a snapshot, and give up what it does not have", () => {
  const { a, b, c } = group();
  unlink(a, b);
  // Only c hears of it, so nobody was told that it happened.
  a.write("lost.");
  turns(1, a, c);
  expect(c.log.endOffset).toBeGreaterThan(b.log.endOffset);
  unlink(a, c);
  b.lead();
  b.write("two.");
  c.follow(b);
  turns(20, b, c);
  expect([b.applied, c.applied, b.fullSyncs]).toEqual(["one.two.", "one.two.", 0]);
});

test("a primary that is told to follow gives up what nobody had acknowledged, and keeps it aside", () => {
  const { a, b, c } = group();
  unlink(a, b);
  unlink(a, c);
  a.write("lost.");
  b.lead();
  b.write("two.");
  a.follow(b);
  turns(20, a, b);
  expect([a.applied, a.discarded, b.fullSyncs]).toEqual(["one.two.", "lost.", 1]);
});

test("a primary that hands over with everything on the other goes on without a snapshot", () => {
  const { a, b, c } = group();
  a.write("two.");
  turns(5, a, b, c);
  unlink(a, b);
  b.lead();
  a.follow(b);
  turns(20, a, b);
  b.write("three.");
  turns(5, a, b);
  expect([a.applied, b.fullSyncs, b.inSync]).toEqual(["one.two.three.", 0, ["b", "a"]]);
});

test("two that both were told to lead are told apart, also when they wrote as much", () => {
  const { b, c } = group();
  b.lead();
  nowMs += 1;
  c.lead();
  b.write("of b.");
  c.write("of c.");
  c.follow(b);
  turns(20, b, c);
  expect([c.applied, b.fullSyncs]).toEqual(["one.of b.", 1]);
  expect(b.inSync).toEqual(["b", "c"]);
});
