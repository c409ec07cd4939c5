/**
 * What policies have set aside for one request, such as a place among the viewers of a stream. All of it is given back once: when
 * the request is refused or withdrawn, or when what was granted is over.
 */
export class Reservations {
  #givingBack: (() => void)[] | undefined;
  #areOver = false;

  /** `giveBack` is called at once if the request is over already. */
  add(giveBack: () => void): void {
    if (this.#areOver) return giveBack();
    this.#givingBack ??= [];
    this.#givingBack.push(giveBack);
  }

  /** Gives everything back. Calling it again does nothing. */
  end(): void {
    this.#areOver = true;
    const all = this.#givingBack ?? [];
    this.#givingBack = undefined;
    for (const giveBack of all) giveBack();
  }
}
