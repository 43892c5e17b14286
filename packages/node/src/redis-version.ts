/**
 * The Redis version that HELLO and INFO `redis_version` name, because libraries switch features by it. 7.2
 * has what we have: the commands of 7.0 with CLIENT SETINFO, CLIENT NO-TOUCH and CLUSTER MYSHARDID. 7.2.4 is
 * also what every Valkey says, so libraries are tested against exactly this number.
 */
export const REDIS_VERSION = "7.2.4";
