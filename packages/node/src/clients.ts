import type { Connection } from "./connection.ts";

/**
 * The connected clients, by id. Ids grow and are never used again.
 * Owner of the registry: the listeners add, a closed socket removes.
 */
export class Clients {
  readonly #byId = new Map<number, Connection>();
  #nextId = 1;

  get size(): number {
    return this.#byId.size;
  }

  takeId(): number {
    const id = this.#nextId;
    this.#nextId += 1;
    return id;
  }

  add(connection: Connection): void {
    this.#byId.set(connection.id, connection);
  }

  remove(connection: Connection): void {
    this.#byId.delete(connection.id);
  }

  get(id: number): Connection | undefined {
    return this.#byId.get(id);
  }

  /** By id, which is by age. Closing one while iterating is safe: it is removed later, by its socket. */
  all(): MapIterator<Connection> {
    return this.#byId.values();
  }
}
