import { MAX_PLAYLIST_ITEMS, MAX_PLAYLIST_NAME_LENGTH } from "./limits.ts";
import type { PlayRequest } from "./play-request.ts";

/** What a player wants after what it plays. */
export class Playlist {
  #requests: PlayRequest[] = [];
  #nameLength = 0;

  get isEmpty(): boolean {
    return this.#requests.length === 0;
  }

  /** Of all names, as the peer has written them. */
  get nameLength(): number {
    return this.#nameLength;
  }

  /** Returns whether there was room. */
  add(request: PlayRequest): boolean {
    const nameLength = this.#nameLength + request.stream.written.length;
    if (this.#requests.length >= MAX_PLAYLIST_ITEMS || nameLength > MAX_PLAYLIST_NAME_LENGTH) return false;
    this.#requests.push(request);
    this.#nameLength = nameLength;
    return true;
  }

  take(): PlayRequest | undefined {
    const request = this.#requests.shift();
    if (request) this.#nameLength -= request.stream.written.length;
    return request;
  }

  clear(): void {
    this.#requests = [];
    this.#nameLength = 0;
  }
}
