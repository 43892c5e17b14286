import type { FaultKind } from "./fault.ts";

/** What goes wrong in a run, and how often. */
export interface Profile {
  /** Of each kind about so many in a minute. */
  readonly perMinute: Readonly<Partial<Record<FaultKind, number>>>;
  /** Some runs have a worse network and worse disks than others; in this profile up to so much, 0 to 1. */
  readonly roughness: number;
}

export const PROFILES = {
  /** Nothing goes wrong. */
  calm: { perMinute: {}, roughness: 0.2 },
  crashes: {
    perMinute: { kill: 16, "power-off": 4, ambush: 6, reset: 4, "slow-disk": 2 },
    roughness: 0.5,
  },
  partitions: {
    perMinute: { partition: 6, isolate: 14, reset: 6, "slow-links": 4, kill: 3, "lose-batch": 4 },
    roughness: 1,
  },
  pauses: {
    perMinute: { pause: 24, kill: 3, "slow-links": 2, "slow-disk": 2, "step-clock": 6 },
    roughness: 0.6,
  },
  disks: {
    perMinute: { "slow-disk": 8, "power-off": 8, ambush: 12, kill: 6, "lose-disk": 2, isolate: 3 },
    roughness: 0.6,
  },
  churn: {
    perMinute: {
      join: 3,
      forget: 5,
      replicate: 3,
      "fail-over": 6,
      "hand-over": 6,
      "bump-epoch": 2,
      kill: 5,
      isolate: 3,
    },
    roughness: 0.5,
  },
  mixed: {
    perMinute: {
      kill: 6,
      "power-off": 2,
      pause: 6,
      ambush: 4,
      partition: 3,
      isolate: 6,
      reset: 3,
      "slow-links": 2,
      "slow-disk": 2,
      "lose-batch": 2,
      "fail-over": 3,
      "hand-over": 3,
      "bump-epoch": 1,
      join: 1,
      forget: 1,
      replicate: 1,
      "lose-disk": 0.5,
      "step-clock": 2,
    },
    roughness: 1,
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;

export function isProfileName(name: string): name is ProfileName {
  return Object.hasOwn(PROFILES, name);
}

/** Without one asked for, seeds take turns: the hard ones more often. */
const TURNS: readonly ProfileName[] = [
  "mixed",
  "crashes",
  "partitions",
  "mixed",
  "pauses",
  "disks",
  "churn",
  "mixed",
  "partitions",
  "crashes",
];

export function profileOf(seed: number): ProfileName {
  return seed % 50 === 0 ? "calm" : (TURNS[seed % TURNS.length] ?? "mixed");
}
