/**
 * What a peer can do wrong, with its sentence. The code is what INFO and the log show: add, never rename.
 */
export const BUS_FAULTS = {
  // before the peer is authenticated
  "bad-magic": "the first bytes are not those of a Slotcast bus",
  "bad-version": "the peer speaks another version of the bus protocol",
  "bad-kind": "the link kind is unknown",
  "bad-node-id": "the node id is not 40 lower case hex digits",
  "unknown-peer": "the dialler's node id is not one of our peers",
  "not-welcome": "the dialler's node id may not ask to be let in",
  "wrong-node": "the node that answered is not the one that was dialled",
  "own-id": "the node at the other end is this one, or has its id",
  "bad-proof": "the peer does not know the cluster secret",
  "excess-bytes": "the peer sent more than the handshake allows",
  // after
  "bad-type": "the frame type is unknown, or not allowed on this link in this direction",
  "bad-length": "the frame is longer than its type may be",
  "bad-mac": "the frame was changed, repeated, reordered or made by somebody else",
  "bad-body": "the frame's body does not have the shape of its type",
  "bad-order": "the frame may not come at this point of the link's life",
} as const;
export type BusFault = keyof typeof BUS_FAULTS;

/**
 * A peer broke the protocol: its link is closed and the fault counted. The only error that the decoders of
 * this package throw, whatever bytes they are given.
 */
export class BusProtocolError extends Error {
  override readonly name = "BusProtocolError";
  readonly fault: BusFault;

  constructor(fault: BusFault, detail?: string) {
    super(detail === undefined ? BUS_FAULTS[fault] : `${BUS_FAULTS[fault]}: ${detail}`);
    this.fault = fault;
  }
}
