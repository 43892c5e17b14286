import { controlMessageFromPlain, type ControlMessage } from "@slotcast/control";
import {
  Bus,
  BusProtocolError,
  type BusCallbacks,
  type PlainFrameName,
  type Stranger,
} from "@slotcast/gossip";
import type { Config } from "../config/config.ts";
import type { Logger } from "../logger.ts";
import { SLOTCAST_VERSION } from "../slotcast-version.ts";
import type { AddressBook } from "./address-book.ts";
import { busSecret } from "./bus-secret.ts";
import type { ClusterMember } from "./cluster-member.ts";
import { frameOf } from "./control-frames.ts";
import type { HandOver } from "./hand-over.ts";
import type { Joining } from "./joining.ts";
import { rumourFromPlain } from "./rumour-shape.ts";

export interface BusParts {
  readonly selfId: string;
  readonly config: Config;
  readonly logger: Logger;
  readonly addresses: AddressBook;
  /** Hosts of the nodes that are known already. */
  readonly hosts: readonly string[];
  /** `undefined`: it has not begun yet. */
  readonly member: () => ClusterMember | undefined;
  readonly joining: () => Joining;
  readonly handOver: () => HandOver;
  readonly callbacks: Pick<BusCallbacks, "onPublish" | "onPublishShard" | "onInterestAcknowledged">;
}

/** The bus of a node, with whatever comes in led to who is concerned. Throws ConfigError without a secret that it needs. */
export function makeBus(parts: BusParts): Bus {
  const { selfId, config, logger, addresses, hosts, member, joining, handOver } = parts;
  const step = (act: (member: ClusterMember, nowMs: number) => void): void => {
    const living = member();
    living?.step((nowMs) => {
      act(living, nowMs);
    });
  };
  return new Bus({
    selfId,
    secret: busSecret({ secret: config.get("cluster-secret"), hosts }),
    hello: addresses.hello(SLOTCAST_VERSION),
    nowMs: Date.now,
    random: Math.random,
    logger,
    publishMode: config.get("cluster-publish-mode"),
    linkSendbufLimitBytes: config.get("cluster-link-sendbuf-limit"),
    nodeTimeoutMs: config.get("cluster-node-timeout"),
    callbacks: {
      ...parts.callbacks,
      onPeerHello: (peerId, hello) => {
        addresses.learn(peerId, hello);
      },
      rumour: () => member()?.rumour(),
      onPeerHeard: (peerId) => {
        step(({ core }, nowMs) => {
          core.heard(peerId, nowMs);
        });
      },
      onPeerRefused: (peerId) => {
        step(({ core }, nowMs) => {
          core.refused(peerId, nowMs);
        });
      },
      onControl: (peerId, frame, plain) => {
        if (frame === "handOver") handOver().received(peerId, plain);
        else if (frame === "rumour") {
          const rumour = shaped(() => rumourFromPlain(plain));
          member()?.receiveRumour(peerId, rumour);
        } else member()?.receiveControl(peerId, messageIn(frame, plain));
      },
      onDataUp: (link) => member()?.links.up(link),
      onDataDown: (link) => member()?.links.down(link),
      onData: (link, body) => member()?.links.received(link, body),
      onDataDrain: () => member()?.links.drained(),
      // Before it has a cluster of its own it could not say who it is.
      mayJoin: () => (member()?.facts.clusterId ?? "") !== "",
      onStrangerUp: (stranger) => {
        joining().up(stranger);
      },
      onStrangerDown: (stranger, reason) => {
        joining().down(stranger, reason);
      },
      onStranger: (stranger: Stranger, frame, plain) => {
        // Control speaks to a node that has just been let in, and has no other link yet: it will hear it again.
        if (frame === "join") joining().received(stranger, plain);
      },
      onMeetFailed: (address, reason) => {
        joining().meetFailed(address, reason);
      },
    },
  });
}

function messageIn(frame: PlainFrameName, plain: unknown): ControlMessage {
  const message = shaped(() => controlMessageFromPlain(plain));
  if (frameOf(message) !== frame) {
    throw new BusProtocolError("bad-body", `${message.kind} in a frame of ${frame}`);
  }
  return message;
}

function shaped<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new BusProtocolError("bad-body", error.message);
  }
}
