import { Socket } from "node:net";
import { expect, test } from "vitest";
import { Connection } from "./connection.ts";
import { HeldReplies } from "./held-replies.ts";

test("replies of a transaction count as output, and nothing is kept for who was closed", () => {
  const socket = new Socket();
  const connection: Connection = new Connection({
    id: 1,
    socket,
    host: {
      requestLimits: { bulkBytesMax: 1024 },
      dirty: () => {},
      backlogged: ({ outputBytes }) => {
        if (outputBytes > 10) connection.destroy();
      },
      wrote: () => {},
    },
    listenerName: "default",
    nowMs: 0,
  });
  const replies = new HeldReplies(connection);
  replies.out = "7 bytes";
  replies.spill();
  expect([connection.isClosed, connection.outputBytes]).toEqual([false, 7]);
  replies.out = "8 bytes!";
  replies.spill();
  expect(connection.isClosed).toBe(true);
  replies.release();
  expect(connection.outputBytes).toBe(0);
  socket.destroy();
});

test("what piled up while output was held leaves before what came after", () => {
  const written: string[] = [];
  const socket = new Socket();
  const connection = new Connection({
    id: 1,
    socket,
    host: {
      requestLimits: { bulkBytesMax: 1024 },
      dirty: () => {},
      backlogged: () => {},
      wrote: (bytes) => written.push(`${bytes}`),
    },
    listenerName: "default",
    nowMs: 0,
  });
  connection.heldUntilSeq = 1;
  connection.out = "first";
  connection.spill();
  connection.heldUntilSeq = 0;
  expect(connection.isHeld).toBe(true); // nothing shared may be written past it
  connection.out = "second!";
  connection.spill();
  connection.out = "third…";
  connection.flush();
  expect(written).toEqual(["5", "7", "6"]);
  expect(connection.isHeld).toBe(false);
  socket.destroy();
});
