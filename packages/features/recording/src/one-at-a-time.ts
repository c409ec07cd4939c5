/** Works that are done one after the other. */
export class OneAtATime {
  #last: Promise<void> = Promise.resolve();

  /** Does the work when the works before it are done, also if one of them has failed. */
  async take(work: () => Promise<void>): Promise<void> {
    const before = this.#last;
    const turn = after(before, work);
    this.#last = settled(turn);
    await turn;
  }
}

async function after(before: Promise<void>, work: () => Promise<void>): Promise<void> {
  await before;
  await work();
}

async function settled(turn: Promise<void>): Promise<void> {
  try {
    await turn;
  } catch {
    // It is told to whoever has asked for the turn.
  }
}
