import { frameReply } from "@slotcast/testkit";
import type { Sequence } from "./step.ts";

/** The ids that XADD makes of the time, 15 chars: two servers are rarely asked in the same millisecond. */
const ID_OF_NOW = /1[0-9]{12}-[0-9]/g;

/** HELLO tells the version of Redis that is spoken. */
const VERSION = /\$7\r\nversion\r\n\$\d+\r\n[\d.]+\r\n/g;

/**
 * What a connection received, without what must differ: see docs/divergence.md. Bytes that are no replies are left
 * as they are, so that they are compared, too.
 */
export function comparable(received: string, sequence: Sequence, connection: number): string {
  const constant = received
    .replaceAll(ID_OF_NOW, "<id of now>----")
    .replaceAll(VERSION, "$7\r\nversion\r\n$1\r\n7\r\n");
  const segments = constant.split(/(?<=@\d+@\r\n)/);
  return segments
    .map((segment) => {
      const [, index] = /@(\d+)@\r\n$/.exec(segment) ?? [];
      const step = index === undefined ? undefined : sequence.steps[Number(index)];
      const publishes =
        step?.connection === connection &&
        step.commands.some(
          (command) => "argv" in command && /^s?publish$/i.test(command.argv[0] ?? ""),
        );
      return publishes ? withPushesLast(segment) : segment;
    })
    .join("");
}

/** Redis 7.0 pushes a RESP3 client's own message before PUBLISH's reply; we push it after, as 7.2. */
function withPushesLast(segment: string): string {
  const bytes = Buffer.from(segment, "latin1");
  const replies: string[] = [];
  const pushes: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const frame = frameReply(bytes, at);
    if (!frame.isComplete) return segment;
    const text = bytes.latin1Slice(at, at + frame.bytes);
    (/^>[34]\r\n\$\d\r\n[ps]?message/.test(text) ? pushes : replies).push(text);
    at += frame.bytes;
  }
  return [...replies, ...pushes].join("");
}
