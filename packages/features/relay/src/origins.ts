import type { Dial } from "@headgate/client";
import type { RtmpUrl } from "@headgate/session";
import { type Faults, Guard } from "@headgate/transport";

/** How often an origin that has failed is checked. */
const CHECK_INTERVAL_MS = 5_000;

/** Knows which origins are healthy: one that has failed is skipped until it accepts connections again. */
export class Origins {
  readonly #dial: Dial;
  readonly #guard: Guard;
  readonly #failed = new Map<string, NodeJS.Timeout>();

  constructor(dial: Dial, faults: Faults) {
    this.#dial = dial;
    this.#guard = new Guard(faults, "task", () => {});
  }

  /** The first healthy origin. If none is, each in turn, by the number of the attempt. */
  choose(urls: readonly RtmpUrl[], attempt: number): RtmpUrl {
    return urls.find((url) => !this.#failed.has(addressOf(url))) ?? urls[attempt % urls.length]!;
  }

  failed(url: RtmpUrl): void {
    if (!this.#failed.has(addressOf(url))) this.#checkLater(url);
  }

  close(): void {
    for (const timer of this.#failed.values()) clearTimeout(timer);
    this.#failed.clear();
  }

  #checkLater(url: RtmpUrl): void {
    const timer = setTimeout(
      this.#guard.entry(() => this.#check(url)),
      CHECK_INTERVAL_MS,
    );
    this.#failed.set(addressOf(url), timer);
  }

  #check(url: RtmpUrl): void {
    this.#guard.settle(
      this.#dial(url),
      (link) => {
        link.destroy();
        this.#failed.delete(addressOf(url));
      },
      () => {
        if (this.#failed.has(addressOf(url))) this.#checkLater(url);
      },
    );
  }
}

/** Identifies a server: two URLs with the same address are one origin. */
export function addressOf({ scheme, host, port }: RtmpUrl): string {
  return `${scheme}://${host}:${port}`;
}
