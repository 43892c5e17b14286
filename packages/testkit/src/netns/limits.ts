/** Hosts of one network: their addresses end in 1 to this. More: a RangeError. */
export const HOSTS_MAX = 200;
/** Subnets of the range for tests; one is chosen at random for each network. */
export const SUBNETS_MAX = 512;
