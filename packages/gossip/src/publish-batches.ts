import { ascii, toBuffer, type Bytes } from "@slotcast/protocol";
import { channelPrefix, recordHead, repeatedRecordHead, VARINT_BYTES_MAX } from "./batch-codec.ts";
import { BATCH_BYTES_MAX, LARGE_MESSAGE_BYTES } from "./limits.ts";

/** What a batch travels in: the messages of PUBLISH, or those of SPUBLISH. */
export type PublishFrame = "publish" | "publishShard";

/** Records that are owed, all of them, to the same targets, in one frame. */
export class Batch {
  /** A rope: its pieces are the callers' strings until it is encoded. */
  body = "";
  frame: PublishFrame = "publish";
  messages = 0;
  /** The latest record's, whose channel the next may leave out. */
  lastRoute: object | undefined;
  /** Targets that point here. */
  holders: number;
  /** While a route is settled: how many of its targets hold this batch, and the batch they part to. */
  hits = 0;
  split: Batch | undefined;

  constructor(holders: number) {
    this.holders = holders;
  }
}

/** Somebody whom records are sent to. `batch` belongs to PublishBatches; the rest is the user's. */
export interface BatchTarget {
  batch: Batch;
}

/** A channel and the targets that its messages go to. `batches` is a memory of PublishBatches. */
export interface PublishRoute<Target extends BatchTarget> {
  readonly frame: PublishFrame;
  readonly prefix: string;
  /** Without duplicates. */
  readonly targets: readonly Target[];
  batches: readonly Batch[];
  /** The partition that `batches` belongs to; -1: none yet. */
  partition: number;
}

export function publishRoute<Target extends BatchTarget>(
  channel: Bytes,
  targets: readonly Target[],
  frame: PublishFrame = "publish",
): PublishRoute<Target> {
  return { frame, prefix: channelPrefix(channel), targets, batches: [], partition: -1 };
}

/** A body that is complete: send it to each target, or count why not. */
export interface SealedBatch<Target> {
  readonly frame: PublishFrame;
  readonly targets: readonly Target[];
  readonly messages: number;
  readonly sizeBytes: number;
  /** Encodes, once per call; together the parts are the body. */
  parts(): Buffer[];
}

/**
 * The messages of this turn, by target. At first all targets share one batch, so a message for all of them is
 * appended once and encoded once. A message for some makes those part: they get a batch of their own that
 * begins with the same string (strings are shared, so parting copies nothing). The end of the turn joins all
 * again. So the work is one append per *different* set of messages, and never more than one per target.
 *
 * Order: each target's records are in the order of `append`, across all channels and both kinds of frame: a record of
 * the other kind seals what its targets are owed, and theirs only.
 * Cost of `append`: two string concatenations per batch; routes are settled again only after a parting.
 */
export class PublishBatches<Target extends BatchTarget> {
  readonly #send: (sealed: SealedBatch<Target>) => void;
  #targets: readonly Target[] = [];
  /** The batches that some target holds; the first is the one all came from. */
  #batches: Batch[] = [new Batch(0)];
  /** Grows whenever a target changes its batch: what routes remember is then old. */
  #partition = 0;

  constructor(send: (sealed: SealedBatch<Target>) => void) {
    this.#send = send;
  }

  /** Flushes, then sends to these from now on. Routes with other targets must not be used any more. */
  setTargets(targets: readonly Target[]): void {
    this.flush();
    this.#targets = targets;
    this.#join();
  }

  append(route: PublishRoute<Target>, payload: Bytes): void {
    if (route.partition !== this.#partition) this.#settle(route);
    // The record's whole length, or a full batch could grow to where a frame must hold one record only.
    if (VARINT_BYTES_MAX + route.prefix.length + payload.length >= LARGE_MESSAGE_BYTES) {
      this.#sendLarge(route, payload);
      return;
    }
    for (const batch of route.batches) {
      let head;
      if (batch.lastRoute === route) {
        head = repeatedRecordHead(payload.length);
      } else {
        if (batch.frame !== route.frame) this.#turnTo(batch, route.frame);
        head = recordHead(route.prefix, payload.length);
      }
      batch.body += head + payload;
      batch.messages += 1;
      batch.lastRoute = route;
      if (batch.body.length >= BATCH_BYTES_MAX) this.#seal(batch);
    }
  }

  /** Seals what is there. Cheap when nothing is. */
  flush(): void {
    for (const batch of this.#batches) if (batch.messages > 0) this.#seal(batch);
    if (this.#batches.length > 1) this.#join();
  }

  /** The batch's next record belongs into a frame of the other kind. */
  #turnTo(batch: Batch, frame: PublishFrame): void {
    if (batch.messages > 0) this.#seal(batch);
    batch.frame = frame;
  }

  #seal(batch: Batch): void {
    const { body, frame, messages } = batch;
    batch.body = "";
    batch.messages = 0;
    batch.lastRoute = undefined;
    this.#send({
      frame,
      targets: this.#targets.filter((target) => target.batch === batch),
      messages,
      sizeBytes: body.length,
      parts: () => [toBuffer(ascii(body))],
    });
  }

  /** In a frame of its own, behind what was appended before. */
  #sendLarge({ frame, batches, targets, prefix }: PublishRoute<Target>, payload: Bytes): void {
    for (const batch of batches) if (batch.messages > 0) this.#seal(batch);
    if (targets.length === 0) return;
    const head = recordHead(prefix, payload.length);
    this.#send({
      frame,
      targets,
      messages: 1,
      sizeBytes: head.length + payload.length,
      parts: () => [toBuffer(ascii(head)), toBuffer(payload)],
    });
  }

  /** Finds the batches that hold exactly the route's targets, parting those that hold others too. */
  #settle(route: PublishRoute<Target>): void {
    const settled: Batch[] = [];
    for (const target of route.targets) target.batch.hits += 1;
    for (const target of route.targets) {
      const { batch } = target;
      if (batch.hits === batch.holders) {
        if (!settled.includes(batch)) settled.push(batch);
        continue;
      }
      if (batch.split === undefined) {
        batch.split = partFrom(batch);
        this.#batches.push(batch.split);
        settled.push(batch.split);
      }
      batch.split.holders += 1;
      target.batch = batch.split;
    }
    for (const batch of this.#batches) {
      batch.hits = 0;
      if (batch.split === undefined) continue;
      batch.holders -= batch.split.holders;
      batch.split = undefined;
      this.#partition += 1;
    }
    route.batches = settled;
    route.partition = this.#partition;
  }

  #join(): void {
    const batch = new Batch(this.#targets.length);
    for (const target of this.#targets) target.batch = batch;
    this.#batches = [batch];
    this.#partition += 1;
  }
}

function partFrom(batch: Batch): Batch {
  const part = new Batch(0);
  part.body = batch.body;
  part.frame = batch.frame;
  part.messages = batch.messages;
  part.lastRoute = batch.lastRoute;
  // Neither counts as hit in full: hits stays 0 and holders grows, so they differ until the settling is over.
  return part;
}
