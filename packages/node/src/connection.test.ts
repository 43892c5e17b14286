import { Socket } from "node:net";
import { expect, test } from "vitest";
import { Connection } from "./connection.ts";

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
