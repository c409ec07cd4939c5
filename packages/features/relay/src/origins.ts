import type { Dial } from "@headgate/client";
import type { RtmpUrl } from "@headgate/session";
import { Counts, type Faults, Guard } from "@headgate/transport";
import type { DialAllowances, Dialler } from "./dial-allowances.ts";
import { addressOf } from "./server-address.ts";

/** How often an origin that has failed is checked. */
export const CHECK_INTERVAL_MS = 5_000;

/**
 * Origins that are known to have failed, more than any configuration names. Beyond it the one that failed first counts as healthy
 * again.
 */
export const MAX_FAILED_ORIGINS = 1_000;

interface FailedOrigin extends Dialler {
  readonly url: RtmpUrl;
  timer: NodeJS.Timeout;
}

/** A check is made on nobody's behalf. */
const OWN_TURN: readonly string[] = [""];

/**
 * Knows which origins are healthy: one that has failed is skipped until it accepts connections again. Only those are known that a
 * pull wants and could do without: where there is no other, it does not matter whether this one is healthy.
 */
export class Origins {
  readonly #dial: Dial;
  readonly #dials: DialAllowances;
  readonly #guard: Guard;
  /** By address. How many pulls want each. */
  readonly #wanted = new Counts<string>();
  /** By address. The one that failed first comes first. */
  readonly #failed = new Map<string, FailedOrigin>();

  constructor(dial: Dial, dials: DialAllowances, faults: Faults) {
    this.#dial = dial;
    this.#dials = dials;
    this.#guard = new Guard(faults, "task", () => {});
  }

  /** A pull can fetch its stream from any of these. Returns what to call when it no longer wants them. */
  want(urls: readonly RtmpUrl[]): () => void {
    const addresses = new Set(urls.map(addressOf));
    if (addresses.size < 2) return () => {};
    for (const address of addresses) this.#wanted.add(address, 1);
    return () => {
      for (const address of addresses) this.#unwant(address);
    };
  }

  /** The first healthy origin. If none is, each in turn, by the number of the attempt. */
  choose(urls: readonly RtmpUrl[], attempt: number): RtmpUrl {
    return urls.find((url) => !this.#failed.has(addressOf(url))) ?? urls[attempt % urls.length]!;
  }

  failed(url: RtmpUrl): void {
    const address = addressOf(url);
    if (this.#failed.has(address) || this.#wanted.of(address) === 0) return;
    const [first] = this.#failed.keys();
    if (this.#failed.size >= MAX_FAILED_ORIGINS) this.#forget(first!);
    const onTurn = (): void => this.#guard.run(() => this.#check(address));
    this.#failed.set(address, { url, turnKeys: OWN_TURN, onTurn, timer: this.#checkLater(address) });
  }

  close(): void {
    for (const address of this.#failed.keys()) this.#forget(address);
  }

  #unwant(address: string): void {
    this.#wanted.add(address, -1);
    if (this.#wanted.of(address) === 0) this.#forget(address);
  }

  #forget(address: string): void {
    const failed = this.#failed.get(address);
    if (!failed) return;
    clearTimeout(failed.timer);
    this.#dials.leave(failed);
    this.#failed.delete(address);
  }

  #checkLater(address: string): NodeJS.Timeout {
    return setTimeout(
      this.#guard.entry(() => this.#check(address)),
      CHECK_INTERVAL_MS,
    );
  }

  #check(address: string): void {
    const failed = this.#failed.get(address)!;
    const checkAgain = (): void => {
      if (this.#failed.get(address) === failed) failed.timer = this.#checkLater(address);
    };
    if (!this.#dials.take(failed.url, failed)) return;
    const onLink = (link: { destroy(): void }): void => {
      link.destroy();
      if (this.#failed.get(address) === failed) this.#forget(address);
    };
    this.#guard.settle(this.#dial(failed.url), onLink, checkAgain);
  }
}
