import { NODES_MAX } from "@slotcast/control";
import { describe, expect, test } from "vitest";
import { joinFromPlain, joinToPlain, type JoinMessage } from "./join-shape.ts";
import { JOIN_REASON_CHARS_MAX } from "./limits.ts";
import { id, nodeFact, twoShards } from "./test-facts.ts";

const MESSAGES: { readonly [Kind in JoinMessage["kind"]]: Extract<JoinMessage, { kind: Kind }> } = {
  card: { kind: "card", clusterId: id("c"), nodeCount: 3, isAnswer: false },
  invite: { kind: "invite" },
  removed: { kind: "removed", clusterId: id("c"), version: 7, isInvited: true },
  ask: {
    kind: "ask",
    command: {
      kind: "join",
      // A node that was alone need not know its address.
      node: nodeFact("d1", { host: "" }),
      historyId: id("4000d"),
      epoch: 2,
      slots: [
        { first: 0, last: 0 },
        { first: 5, last: 9 },
      ],
      isInvited: true,
    },
  },
  welcome: { kind: "welcome", facts: twoShards() },
  sorry: { kind: "sorry", reason: "slot 5 has an owner", isFinal: true },
};

/** As a codec would: nothing shared, nothing but plain data. */
function plainOf(kind: JoinMessage["kind"]): Record<string, unknown> {
  return JSON.parse(JSON.stringify(joinToPlain(MESSAGES[kind])));
}

describe("what is said about joining", () => {
  test.each(Object.values(MESSAGES))("$kind arrives as it was", (message) => {
    expect(joinFromPlain(plainOf(message.kind))).toEqual(message);
  });

  test("a long reason is cut by who gives it, and refused by who would get it", () => {
    const reason = "y".repeat(JOIN_REASON_CHARS_MAX + 1);
    const plain = joinToPlain({ kind: "sorry", reason, isFinal: false });
    expect(joinFromPlain(plain)).toMatchObject({ reason: reason.slice(1) });
    expect(() => joinFromPlain({ kind: "sorry", reason, isFinal: false })).toThrow("too long");
  });

  test.each([
    ["card", "clusterId", "c"],
    ["card", "nodeCount", NODES_MAX + 1],
    ["card", "nodeCount", -1],
    ["card", "isAnswer", 1],
    ["removed", "clusterId", ""],
    ["removed", "version", -1],
    ["removed", "isInvited", 0],
    ["ask", "node", { ...nodeFact("d1"), id: "d1" }],
    ["ask", "node", { ...nodeFact("d1"), host: "a b" }],
    ["ask", "node", { ...nodeFact("d1"), port: 65_536 }],
    ["ask", "historyId", ""],
    ["ask", "epoch", 0.5],
    ["ask", "slots", [5, 9, 0, 0]],
    ["ask", "slots", [0, 16_384]],
    ["ask", "isInvited", "yes"],
    ["welcome", "facts", {}],
    ["sorry", "reason", 5],
    ["sorry", "isFinal", undefined],
  ] as const)("a %s with %s: %j is refused", (kind, field, odd) => {
    expect(() => joinFromPlain({ ...plainOf(kind), [field]: odd })).toThrow(TypeError);
  });

  test.each(Object.values(MESSAGES))(
    "a $kind with a field too many, or too few, is refused",
    (message) => {
      const plain = plainOf(message.kind);
      expect(() => joinFromPlain({ ...plain, more: 1 })).toThrow("a field that it does not have");
      for (const name of Object.keys(plain)) {
        const { [name]: _, ...rest } = plain;
        expect(() => joinFromPlain(rest)).toThrow(TypeError);
      }
    },
  );

  test.each([undefined, null, 1, "card", [], {}, { kind: "leave" }])("%j is refused", (junk) => {
    expect(() => joinFromPlain(junk)).toThrow(TypeError);
  });
});
