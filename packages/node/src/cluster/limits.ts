/**
 * Client listeners that one node may announce, the default one included. As many as the bus takes in a hello;
 * more are refused at start, since peers would refuse every link.
 */
export const ANNOUNCED_LISTENERS_MAX = 16;
/** The longest host that may be announced (RFC 1035). Longer is refused at start or by CONFIG SET. */
export const ANNOUNCED_HOST_CHARS_MAX = 255;
