import { accessSync, constants, createWriteStream } from "node:fs";
import { dirname } from "node:path";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";

export interface LateFileOwner {
  onWritable(): void;
  /** Nothing more can be written. Without an error, the reader of a pipe has gone. */
  onFailed(error: Error | undefined): void;
}

/** A file that the first write creates or, if there is one already, empties. `-` is the standard output. */
export class LateFile {
  readonly #name: string;
  readonly #owner: LateFileOwner;
  #output: Writable | undefined;

  constructor(name: string, owner: LateFileOwner) {
    this.#name = name;
    this.#owner = owner;
  }

  /** Looks whether the file can be written, without changing anything. */
  whyNotWritable(): Error | undefined {
    if (this.#name === "-") return undefined;
    const error = whyNotWritable(this.#name);
    return error?.code === "ENOENT" ? whyNotWritable(dirname(this.#name)) : error;
  }

  /** Returns whether more can be written at once. */
  write(bytes: Uint8Array): boolean {
    this.#output ??= this.#open();
    return this.#output.write(bytes);
  }

  /** Resolves when everything has been written that can be. */
  async close(): Promise<void> {
    const output = this.#output;
    if (!output || output === process.stdout || output.destroyed) return;
    output.end();
    await finished(output).catch(() => {});
  }

  #open(): Writable {
    const output = this.#name === "-" ? process.stdout : createWriteStream(this.#name);
    output.on("drain", () => this.#owner.onWritable());
    output.on("error", (error: NodeJS.ErrnoException) => {
      // EPIPE: the reader has closed the pipe, as `head` does.
      this.#owner.onFailed(error.code === "EPIPE" ? undefined : error);
    });
    return output;
  }
}

function whyNotWritable(path: string): NodeJS.ErrnoException | undefined {
  try {
    accessSync(path, constants.W_OK);
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}
