import { Lane, type Item, type Road } from "./lane.ts";
import type { LinkKind, Packet } from "./packet.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** Whoever has connections: one life of a node's process, or a client. */
export interface Party {
  /** Its machine. */
  readonly host: number;
  readonly isAlive: boolean;
  /** Runs it now, or when the process goes on. Never, when it does not live to see it. */
  whenAwake(run: () => void): void;
  /** Somebody opens a connection; it is open. */
  accept(options: { from: number; kind: LinkKind; socket: Socket }): SocketEvents;
}

/** A party's end of a connection. */
export interface Socket {
  readonly isOpen: boolean;
  send(packet: Packet): void;
  /** What was sent before still gets there. The owner hears nothing more. */
  close(): void;
}

export interface SocketEvents {
  received(packet: Packet): void;
  /** The other side ended it, or is gone, or was not heard of for too long. */
  closed(): void;
}

/** A dial ends in one of these. */
export interface DialEvents {
  opened(socket: Socket): SocketEvents;
  /** The machine says that nobody listens there. */
  refused(): void;
  /** No answer. */
  failed(): void;
}

/** What became of a connection, for the trace. */
export interface ConnectionWatch {
  delivered(options: { from: number; to: number; kind: LinkKind; packet: Packet }): void;
  ended(from: number, to: number): void;
  /** False: the packet is lost. A connection that loses anything is not what a link promises: it ends soon. */
  mayPass(kind: LinkKind, packet: Packet): boolean;
}

/** A connection that lost something lives on for so long. */
const LOSSY_MS = 400;

class End implements Socket {
  readonly party: Party;
  readonly lane: Lane;
  events: SocketEvents | undefined;
  isOpen = true;
  /** The other side will hear that this one ended. */
  isEndSent = false;

  constructor(party: Party, lane: Lane) {
    this.party = party;
    this.lane = lane;
  }

  send(packet: Packet): void {
    if (this.isOpen) this.lane.send(packet);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.sendEnd();
  }

  sendEnd(): void {
    if (this.isEndSent) return;
    this.isEndSent = true;
    this.lane.send("end");
  }
}

/** A connection between two parties: two lanes that live and die together. */
export class Connection {
  readonly kind: LinkKind;
  readonly #watch: ConnectionWatch;
  readonly #clock: VirtualClock;
  readonly #dialler: End;
  readonly #acceptor: End;
  readonly #dial: DialEvents;
  readonly #done: (connection: Connection) => void;
  #isDone = false;

  constructor(options: {
    readonly kind: LinkKind;
    readonly dialler: Party;
    readonly acceptor: Party;
    readonly dial: DialEvents;
    readonly road: Road;
    readonly watch: ConnectionWatch;
    readonly done: (connection: Connection) => void;
  }) {
    const { kind, dialler, acceptor, dial, road, watch, done } = options;
    this.kind = kind;
    this.#dial = dial;
    this.#watch = watch;
    this.#clock = road.clock;
    this.#done = done;
    this.#dialler = this.#end({
      party: dialler,
      to: acceptor.host,
      road,
      other: () => this.#acceptor,
    });
    this.#acceptor = this.#end({
      party: acceptor,
      to: dialler.host,
      road,
      other: () => this.#dialler,
    });
    this.#acceptor.lane.send("opened");
    this.#acceptor.events = acceptor.accept({ from: dialler.host, kind, socket: this.#acceptor });
  }

  has(party: Party): boolean {
    return this.#dialler.party === party || this.#acceptor.party === party;
  }

  /** The dialler gave up before it was opened. */
  abandon(): void {
    if (this.#dialler.events === undefined) this.#dialler.close();
  }

  get isOpened(): boolean {
    return this.#dialler.events !== undefined;
  }

  /** The process of that party ended. `isSilent`: its machine too, so nobody is told. */
  partyDied(party: Party, { isSilent }: { readonly isSilent: boolean }): void {
    const end = this.#dialler.party === party ? this.#dialler : this.#acceptor;
    if (isSilent) end.isOpen = false;
    else end.close();
  }

  /** Both ends hear it. */
  reset(): void {
    if (this.#isDone) return;
    for (const end of [this.#dialler, this.#acceptor]) this.#tellClosed(end);
    this.#finish();
  }

  #end(options: { party: Party; to: number; road: Road; other: () => End }): End {
    const { party, to, road, other } = options;
    const lane = new Lane({
      from: party.host,
      to,
      road,
      arrived: (item) => this.#arrived(other(), item),
      gaveUp: () => {
        // Its kernel goes on trying: what was sent may still come out, and then the end.
        this.#tellClosed(end);
        end.sendEnd();
      },
    });
    const end = new End(party, lane);
    return end;
  }

  #arrived(to: End, item: Item): void {
    if (item === "end") {
      this.#tellClosed(to);
      this.#finish();
      return;
    }
    if (!to.isOpen || !to.party.isAlive) {
      // Its machine answers: there is no such connection.
      to.sendEnd();
      return;
    }
    if (item === "opened") {
      to.party.whenAwake(() => {
        if (to.isOpen) to.events = this.#dial.opened(to);
      });
      return;
    }
    if (!this.#watch.mayPass(this.kind, item)) {
      this.#clock.after(LOSSY_MS, () => this.reset());
      return;
    }
    const from = to === this.#dialler ? this.#acceptor : this.#dialler;
    this.#watch.delivered({
      from: from.party.host,
      to: to.party.host,
      kind: this.kind,
      packet: item,
    });
    to.party.whenAwake(() => {
      if (to.isOpen) to.events?.received(item);
    });
  }

  #tellClosed(end: End): void {
    if (!end.isOpen) return;
    end.party.whenAwake(() => {
      if (!end.isOpen) return;
      end.isOpen = false;
      if (end.events !== undefined) end.events.closed();
      else if (end === this.#dialler) this.#dial.failed();
    });
  }

  #finish(): void {
    this.#isDone = true;
    this.#watch.ended(this.#dialler.party.host, this.#acceptor.party.host);
    this.#dialler.lane.close();
    this.#acceptor.lane.close();
    this.#done(this);
  }
}
