import { MalformedBytes, ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { writeNumber } from "./codec-parts.ts";
import { readGroups, writeGroups } from "./consumer-group-codec.ts";
import { readIdempotence, writeIdempotence } from "./idempotence-codec.ts";
import type { StreamNodeLimits } from "./open-node.ts";
import type { PackedNode } from "./packed-node.ts";
import { compareStreamIds, type StreamId } from "./stream-id.ts";
import { readNode, readStreamId, writeNode, writeStreamId } from "./stream-node-codec.ts";
import type { StreamParts } from "./stream-parts.ts";
import { Stream } from "./stream.ts";

/**
 * A stream in bytes: its nodes, what was ever added and deleted, what producers sent, and its consumer groups
 * (docs/dump-format.md). Which entry is in which node survives: `XTRIM ~` shows it. Cost: O(bytes).
 */
export function writeStream(writer: ByteWriter, stream: Stream): void {
  const { nodes, lastId, maxDeletedId, entriesAdded, idempotence } = stream.parts();
  writeNumber(writer, nodes.length);
  for (const node of nodes) writeNode(writer, node);
  writeStreamId(writer, lastId);
  writeStreamId(writer, maxDeletedId);
  writeNumber(writer, entriesAdded);
  writeIdempotence(writer, idempotence);
  writeGroups(writer, stream.groups);
}

/** Throws MalformedBytes. A stream without entries is a stream. */
export function readStream(reader: ByteReader, limits: StreamNodeLimits): Stream {
  const nodes = readNodes(reader);
  const lastId = readStreamId(reader);
  const maxDeletedId = readStreamId(reader);
  const entriesAdded = reader.varint();
  const idempotence = readIdempotence(reader, lastId);
  const parts: StreamParts = { nodes, lastId, maxDeletedId, entriesAdded, idempotence };
  if (!fitTogether(parts)) throw new MalformedBytes("a stream that contradicts itself");
  const stream = Stream.from(limits, parts);
  readGroups(reader, stream.groups);
  return stream;
}

/** Nodes share their bytes, which never change; the rest takes the way of DUMP, so that nothing is forgotten. */
export function cloneStream(stream: Stream): Stream {
  const parts = stream.parts();
  const writer = new ByteWriter();
  writeIdempotence(writer, parts.idempotence);
  writeGroups(writer, stream.groups);
  const reader = new ByteReader(writer.text(0, writer.length));
  const idempotence = readIdempotence(reader, parts.lastId);
  const nodes = parts.nodes.map((node) => node.clone());
  const clone = Stream.from(stream.limits, { ...parts, nodes, idempotence });
  readGroups(reader, clone.groups);
  return clone;
}

function readNodes(reader: ByteReader): PackedNode[] {
  const nodes: PackedNode[] = [];
  const count = reader.count();
  let before: StreamId | undefined;
  for (let index = 0; index < count; index += 1) {
    const node = readNode(reader);
    if (before !== undefined && compareStreamIds(node.firstId, before) <= 0) {
      throw new MalformedBytes("stream nodes out of order");
    }
    before = node.lastId;
    nodes.push(node);
  }
  return nodes;
}

function fitTogether({ nodes, lastId, maxDeletedId, entriesAdded }: StreamParts): boolean {
  let length = 0;
  for (const node of nodes) length += node.length;
  const newestId = nodes.at(-1)?.lastId;
  return (
    entriesAdded >= length &&
    compareStreamIds(maxDeletedId, lastId) <= 0 &&
    (newestId === undefined || compareStreamIds(newestId, lastId) <= 0)
  );
}
