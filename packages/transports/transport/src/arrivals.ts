/** After so many turns in a row a line is served although connections arrive. */
const MAX_TURNS_IN_ROW = 16;

/**
 * Notices connections as they are accepted. Node accepts one in each turn of the event loop, so turns must be short while there
 * are more: otherwise a connection waits for a round of those who flood for each connection that came before it.
 */
export class Arrivals {
  #count = 0;

  /** A connection was accepted. */
  note(): void {
    this.#count += 1;
  }

  /** For a line of those who flood: the function tells, once in a turn, whether the line waits in this turn. */
  forLine(): () => boolean {
    let seen = this.#count;
    let inRow = 0;
    return () => {
      const waits = this.#count !== seen && inRow < MAX_TURNS_IN_ROW;
      seen = this.#count;
      inRow = waits ? inRow + 1 : 0;
      return waits;
    };
  }
}
