import { NO_FACTS } from "@slotcast/control";
import { expect, test } from "vitest";
import type { ClusterMember } from "./cluster-member.ts";
import { ClusterOperator, type ClusterOperatorOptions } from "./cluster-operator.ts";
import { id } from "./test-facts.ts";

/** Of a node that is alone. */
function operatorWith(startOver: ClusterOperatorOptions["startOver"]): ClusterOperator {
  const member = { facts: NO_FACTS, self: { nodeId: id("a1"), incarnation: 1 } };
  const parts = { member: () => member as unknown as ClusterMember, startOver }; // what RESET of a lone node looks at
  return new ClusterOperator(parts as ClusterOperatorOptions); // the same
}

test("CLUSTER RESET of a node that cannot begin its own cluster is answered with why not", async () => {
  const operator = operatorWith(() => Promise.reject(new Error("the disk has not answered")));
  expect(await operator.reset({ isHard: false })).toEqual({
    kind: "refused",
    reason: "the disk has not answered. Try CLUSTER RESET again",
  });
});
