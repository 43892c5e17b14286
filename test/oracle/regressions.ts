import type { Sequence } from "./step.ts";

/**
 * Sequences that were answered differently once, shrunk. They are played before the random ones. To keep another one,
 * write down the commands that the differential test printed.
 */
export const REGRESSIONS: readonly Sequence[] = [
  // A name that is too long and has spaces, too: Redis complains of the spaces.
  one(["CLIENT", "SETNAME", "long ".repeat(1000)]),
  // What happens to groups is no change of a watched stream.
  one(
    ["XADD", "e1", "1-1", "a", "b"],
    ["WATCH", "e1"],
    ["XGROUP", "CREATE", "e1", "g", "0"],
    ["XREADGROUP", "GROUP", "g", "c", "STREAMS", "e1", ">"],
    ["XACK", "e1", "g", "1-1"],
    ["XSETID", "e1", "13-50"],
    ["MULTI"],
    ["LPUSHX", "l1", "a"],
    ["EXEC"],
  ),
  // A watched key has changed: nothing is queued, so keys of several slots are no error at EXEC.
  one(["WATCH", "k1"], ["SET", "k1", "1"], ["MULTI"], ["GET", "k1"], ["GET", "s1"], ["EXEC"]),
  // The member was there already: who watches the destination sees no change.
  one(
    ["SADD", "t1", "a", "b"],
    ["SADD", "{t}3", "a", "c"],
    ["WATCH", "{t}3"],
    ["SMOVE", "t1", "{t}3", "a"],
    ["MULTI"],
    ["EXEC"],
  ),
  // EXEC refused for its own arity ends the transaction, and says EXECABORT even without one.
  one(["EXEC", "x"], ["MULTI"], ["EXEC", "x"], ["EXEC"]),
  // An entry deleted between two that were read.
  one(
    ["XADD", "e1", "1-1", "a", "b"],
    ["XADD", "e1", "2-1", "a", "b"],
    ["XGROUP", "CREATE", "e1", "g", "0"],
    ["XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "e1", ">"],
    ["XDEL", "e1", "1-1"],
    ["XREADGROUP", "GROUP", "g", "c", "STREAMS", "e1", ">", "0"],
    ["XREADGROUP", "GROUP", "g", "c", "STREAMS", "e1", "0"],
    ["XPENDING", "e1", "g"],
  ),
  // Two words that are ids in no other command that takes one id.
  one(
    ["XADD", "e1", "1-1", "a", "b"],
    ["XGROUP", "CREATE", "e1", "g", "-"],
    ["XGROUP", "CREATE", "e1", "g", "0"],
    ["XGROUP", "SETID", "e1", "g", "+"],
    ["XREADGROUP", "GROUP", "g", "c", "STREAMS", "e1", ">"],
    ["XGROUP", "SETID", "e1", "g", "-"],
    ["XREADGROUP", "GROUP", "g", "c", "STREAMS", "e1", ">"],
  ),
  // In a cluster the keys choose the slot: a group or a consumer named STREAMS is no keyword, wherever it stands.
  one(
    ["XREADGROUP", "COUNT", "1", "GROUP", "STREAMS", "c", "STREAMS", "{l}1", "{l}2", ">", ">"],
    ["XREADGROUP", "NOACK", "GROUP", "g", "STREAMS", "STREAMS", "e1", "e2", ">", ">"],
    ["XREAD", "COUNT", "STREAMS", "e1", "e2", "0", "0"],
    ["XREAD", "NONSENSE", "1", "STREAMS", "e1", "e2", "0", "0"],
  ),
  // Later than what there is, earlier, for ever, and with a condition that excludes it.
  one(
    ["SET", "k1", "a", "EX", "100"],
    ["EXPIRE", "k1", "90", "GT"],
    ["EXPIRE", "k1", "200", "gt"],
    ["PEXPIRE", "k1", "100000", "GT"],
    ["PEXPIRE", "k1", "300000", "GT"],
    ["TTL", "k1"],
    ["EXPIRE", "k1", "400", "GT", "LT"],
    ["EXPIRE", "k1", "400", "NX", "GT"],
    ["EXPIRE", "k1", "400", "XX", "GT"],
    ["EXPIRE", "k1", "-1", "GT"],
    ["PERSIST", "k1"],
    ["EXPIRE", "k1", "500", "GT"],
    ["EXPIRE", "missing", "500", "GT"],
  ),
  // A stream takes the place of another, groups and what is pending included.
  one(
    ["XADD", "e1", "1-1", "a", "b"],
    ["XGROUP", "CREATE", "e1", "g", "0"],
    ["XREADGROUP", "GROUP", "g", "c", "STREAMS", "e1", ">"],
    ["XADD", "e2", "2-1", "a", "b"],
    ["XGROUP", "CREATE", "e2", "h", "0"],
    ["COPY", "e1", "e2"],
    ["COPY", "e1", "e2", "REPLACE"],
    ["XPENDING", "e2", "g"],
    ["XPENDING", "e2", "h"],
    ["XACK", "e2", "g", "1-1"],
    ["XPENDING", "e1", "g"],
  ),
];

/** On one connection, a step each. A transaction is one step: its marker would be queued. */
function one(...commands: readonly (readonly string[])[]): Sequence {
  return {
    protocols: [2, 3, 2],
    steps: [{ connection: 0, commands: commands.map((argv) => ({ argv })) }],
  };
}
