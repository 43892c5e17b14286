/**
 * Commands whose work is bounded whatever the data are, so long as request and reply are small: no trimming, no
 * members to look through, nobody to be told. CommandMeter measures several of them at once.
 */
export const QUICK_COMMANDS: ReadonlySet<string> = new Set([
  "ping", "echo", "select",
  "get", "set", "setnx", "setex", "psetex", "getset", "getdel", "getex", "strlen",
  "incr", "decr", "incrby", "decrby", "incrbyfloat",
  "exists", "type", "ttl", "pttl", "expire", "pexpire", "expireat", "pexpireat", "persist",
  "lpush", "rpush", "lpushx", "rpushx", "lpop", "rpop", "llen",
  "sadd", "srem", "scard", "sismember", "xlen", "xack",
]); // prettier-ignore
