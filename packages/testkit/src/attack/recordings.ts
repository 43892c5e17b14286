import type { SeededRandom } from "../simulation/seeded-random.ts";
import { RECORDED_FRAMES_MAX, RECORDED_TALKS_MAX } from "./limits.ts";
import type { Unit } from "./unit-splitter.ts";
import { kindOf, type LinkKind, type Side } from "./wire-format.ts";

/** What was said on one connection: the handshake, and the first frames of each side. */
export class RecordedTalk {
  readonly #units: Record<Side, Buffer[]> = { dialler: [], acceptor: [] };

  note(side: Side, { bytes }: Unit): void {
    const said = this.#units[side];
    if (said.length < RECORDED_FRAMES_MAX) said.push(bytes);
  }

  /** Both sides have finished the handshake. */
  get isWhole(): boolean {
    return this.#units.dialler.length >= 2 && this.#units.acceptor.length >= 1;
  }

  get kind(): LinkKind {
    return kindOf(this.hello);
  }

  get hello(): Buffer {
    return this.#units.dialler[0] ?? NOTHING;
  }

  get finish(): Buffer {
    return this.#units.dialler[1] ?? NOTHING;
  }

  get answer(): Buffer {
    return this.#units.acceptor[0] ?? NOTHING;
  }

  frames(side: Side): readonly Buffer[] {
    return this.#units[side].slice(side === "dialler" ? 2 : 1);
  }
}

/** All that was heard on the wires between the nodes. Full: no more is kept; there is enough to choose from. */
export class Recordings {
  readonly #talks: RecordedTalk[] = [];

  begin(): RecordedTalk {
    const talk = new RecordedTalk();
    if (this.#talks.length < RECORDED_TALKS_MAX) this.#talks.push(talk);
    return talk;
  }

  get kinds(): readonly LinkKind[] {
    return [...new Set(this.#whole.map(({ kind }) => kind))];
  }

  /** Throws when nothing was recorded. */
  pick(random: SeededRandom): RecordedTalk {
    const talk = random.pickFrom(this.#whole);
    if (talk === undefined) throw new Error("nothing was recorded");
    return talk;
  }

  get #whole(): readonly RecordedTalk[] {
    return this.#talks.filter(({ isWhole }) => isWhole);
  }
}

const NOTHING = Buffer.alloc(0);
