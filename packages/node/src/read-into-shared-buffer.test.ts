import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { expect, test } from "vitest";
import { readIntoSharedBuffer } from "./read-into-shared-buffer.ts";

test("a paused socket is not read from, and nothing is lost when it goes on", async () => {
  let received = "";
  let socket: Socket | undefined;
  const server = createServer((accepted) => {
    socket = readIntoSharedBuffer(accepted, (buffer, bytes) => {
      received += buffer.latin1Slice(0, bytes);
      if (received === "first") socket?.pause();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on a port
  const client = connect(port, "127.0.0.1");
  client.write("first");
  await expect.poll(() => received).toBe("first");
  // More than the kernel's buffers hold, so that it is seen to stay where it is.
  const rest = "x".repeat(32 * 1024 * 1024);
  client.write(rest, "latin1");
  await expect.poll(() => client.writableLength).toBeGreaterThan(0);
  const stuckAt = client.bytesWritten - client.writableLength;
  expect(stuckAt).toBeLessThan(rest.length);
  expect(received).toBe("first");
  socket?.resume();
  await expect.poll(() => received.length, { timeout: 10_000 }).toBe("first".length + rest.length);
  client.destroy();
  socket?.destroy();
  server.close();
});
