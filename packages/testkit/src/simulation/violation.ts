/** A promise of the cluster that was broken, or of the simulated world. Ends the run. */
export class Violation extends Error {
  override readonly name = "Violation";
  /** Which of the invariants of the design (cluster.md, section 5), or what else. */
  readonly invariant: string;

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.invariant = invariant;
  }
}

export function expectThat(
  isTrue: boolean,
  invariant: string,
  detail: () => string,
): asserts isTrue {
  if (!isTrue) throw new Violation(invariant, detail());
}
