import type { RtmpUrl } from "@headgate/session";
import type { Dial } from "./outgoing.ts";

/** How often an origin that has failed is looked at. */
const CHECK_INTERVAL_MS = 5_000;

/** Knows which origins are well: one that has failed is passed over until it takes connections again. */
export class Origins {
  readonly #dial: Dial;
  readonly #failed = new Map<string, NodeJS.Timeout>();

  constructor(dial: Dial) {
    this.#dial = dial;
  }

  /** The first that is well; if none is, each in turn, by how often this has been tried. */
  choose(urls: readonly RtmpUrl[], attempt: number): RtmpUrl {
    return urls.find((url) => !this.#failed.has(addressOf(url))) ?? urls[attempt % urls.length]!;
  }

  failed(url: RtmpUrl): void {
    const address = addressOf(url);
    if (this.#failed.has(address)) return;
    this.#failed.set(
      address,
      setTimeout(() => this.#check(url), CHECK_INTERVAL_MS),
    );
  }

  close(): void {
    for (const timer of this.#failed.values()) clearTimeout(timer);
    this.#failed.clear();
  }

  #check(url: RtmpUrl): void {
    const address = addressOf(url);
    this.#dial(url).then(
      (link) => {
        link.destroy();
        this.#failed.delete(address);
      },
      () => {
        if (!this.#failed.has(address)) return;
        this.#failed.set(
          address,
          setTimeout(() => this.#check(url), CHECK_INTERVAL_MS),
        );
      },
    );
  }
}

function addressOf({ scheme, host, port }: RtmpUrl): string {
  return `${scheme}://${host}:${port}`;
}
