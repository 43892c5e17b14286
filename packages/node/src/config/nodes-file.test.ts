import fc from "fast-check";
import { expect, test } from "vitest";
import { formatNodesFile, parseNodesFile, type NodeRecord } from "./nodes-file.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);
const HEAD = `${A} 127.0.0.1:7000@17000,,nodename=node-1 myself,master - 0 0 1 connected`;

test("a file is read as Redis writes it, and unknown fields are kept", () => {
  const text = `${HEAD} 0-5460 7000
${B} ::1:7001@17001,host.example,shard-id=x,client-external=[::1]:7101 slave,fail? ${A} 0 0 2 connected
vars currentEpoch 3 lastVoteEpoch 1
`;
  const file = parseNodesFile(text, { path: "nodes.conf" });
  expect(file.nodes[0]?.slots).toEqual([
    [0, 5460],
    [7000, 7000],
  ]);
  expect(file.nodes[1]).toMatchObject({
    host: "::1",
    hostname: "host.example",
    flags: ["slave", "fail?"],
    primaryId: A,
    announced: [{ name: "external", host: "::1", port: 7101 }],
    aux: { "shard-id": "x" },
  });
  expect([file.currentEpoch, file.lastVoteEpoch]).toEqual([3, 1]);
  expect(parseNodesFile(formatNodesFile(file), { path: "again" })).toEqual(file);
});

test.each([
  [`${HEAD} 5-3`, "'5-3' is not a range of slots (f:1)"],
  [`${HEAD} 0-16384`, "'0-16384' is not a range of slots (f:1)"],
  [`${HEAD} [93->-${B}]`, `'[93->-${B}]' is not a range of slots (f:1)`],
  [`\n${HEAD.replace(A, "xyz")}`, "'xyz' is not a node id (f:2)"],
  [HEAD.replace(",master", ",boss"), "unknown flag 'boss' (f:1)"],
  [HEAD.replace("@17000", ""), "'127.0.0.1:7000' is not of the form host:port@busport (f:1)"],
  [HEAD.replace("@17000", "@77000"), "77000 is not a port (f:1)"],
  [HEAD.replace(" 0 0 1 connected", ""), "a node takes at least 8 columns, not 4 (f:1)"],
  [`${HEAD}\nvars currentEpoch x`, "currentEpoch: 'x' is not a number (f:2)"],
  [`${HEAD}\n${HEAD.replace(A, B)}`, "2 nodes are marked 'myself' (f)"],
  [
    `${HEAD} 0-10\n${HEAD.replace(A, B).replace("myself,", "")} 10-20`,
    "slot 10 has two owners (f)",
  ],
  [`${HEAD}\n${HEAD.replace("myself,", "")}`, "a node id is used twice (f)"],
])("%j is refused with its line", (text, message) => {
  expect(() => parseNodesFile(text, { path: "f" })).toThrow(message);
});

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const port = fc.integer({ min: 1, max: 65_535 });
const host = fc.constantFrom("10.0.0.1", "::1", "fe80::1", "localhost");

/** One node that owns every second slot from its own, so that no two collide. */
const node = (index: number): fc.Arbitrary<NodeRecord> =>
  fc.record({
    id: fc.constant(index.toString(16).padStart(40, "0")),
    host,
    port,
    busPort: port,
    hostname: fc.oneof(fc.constant(""), name),
    nodename: fc.oneof(fc.constant(""), name),
    flags: fc.constant<NodeRecord["flags"]>(
      index === 0 ? ["myself", "master"] : ["master", "fail?"],
    ),
    primaryId: fc.constantFrom(undefined, A),
    epoch: fc.nat(),
    slots: fc.constant<NodeRecord["slots"]>([
      [index * 100, index * 100 + 50],
      [index * 100 + 60, index * 100 + 60],
    ]),
    announced: fc.uniqueArray(fc.record({ name, host, port }), { selector: (one) => one.name }),
    aux: fc.dictionary(fc.stringMatching(/^aux[a-z]{1,5}$/), name),
  });

test("what is written is read back the same", () => {
  const file = fc.record({
    nodes: fc.tuple(node(0), node(1), node(2)),
    currentEpoch: fc.nat(),
    lastVoteEpoch: fc.nat(),
  });
  fc.assert(
    fc.property(file, (written) => {
      expect(parseNodesFile(formatNodesFile(written), { path: "f" })).toEqual(written);
    }),
  );
});
