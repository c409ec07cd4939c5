import { accessSync, constants } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientStream } from "@headgate/client";
import { waitForSignal } from "../wait-for-signal.ts";
import { ExitCode, reportProblem } from "./exit-code.ts";
import { flvTags, STANDARD_INPUT } from "./flv-file.ts";
import { ProgressLine, progress } from "./progress-line.ts";
import {
  type ClientProblem,
  createClientStream,
  hasReadableCa,
  type ServerOptions,
  streamUrl,
} from "./server-stream.ts";

export interface PublishOptions extends ServerOptions {
  readonly loop?: boolean;
}

/** `headgate publish FILE URL`: ends with the file, or on a signal. */
export async function publish(file: string, text: string, options: PublishOptions): Promise<void> {
  const url = streamUrl(text);
  if (!url || !hasReadableCa(options) || !isReadable(file, options)) return;
  const publishing = new Publishing(file, options.loop ?? false);
  let hasStarted = false;
  let onOver: (problem: ClientProblem | undefined) => void;
  const over = new Promise<ClientProblem | undefined>((resolve) => {
    onOver = resolve;
  });
  const stream: ClientStream = createClientStream({ url, purpose: "publish" }, options, {
    onEvent: ({ kind }) => {
      if (kind !== "started") return;
      hasStarted = true;
      publishing.run(stream).catch((error: Error) => {
        process.stderr.write(`headgate: ${file}: ${error.message}\n`);
        process.exitCode = ExitCode.usage;
        stream.end();
      });
    },
    onWritable: () => publishing.resume(),
    onOver: (problem) => onOver(problem),
  });
  waitForSignal(["SIGINT", "SIGTERM"]).then(
    () => stream.end(),
    () => {},
  );
  const startedMs = performance.now();
  const line = new ProgressLine(() =>
    progress(publishing.sentMs, stream.bytes, performance.now() - startedMs),
  );
  stream.start();
  const problem = await over;
  line.end();
  if (problem) reportProblem(problem, hasStarted);
  process.exit();
}

function isReadable(file: string, { loop }: PublishOptions): boolean {
  if (file === STANDARD_INPUT)
    return !loop || refuse("the standard input cannot be repeated: leave out --loop");
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch (error) {
    return refuse(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function refuse(why: string): false {
  process.stderr.write(`headgate: ${why}\n`);
  process.exitCode = ExitCode.usage;
  return false;
}

/** Sends a file in real time, and no faster than the server takes it. */
class Publishing {
  sentMs = 0;
  readonly #file: string;
  readonly #loop: boolean;
  #onWritable: (() => void) | undefined;

  constructor(file: string, loop: boolean) {
    this.#file = file;
    this.#loop = loop;
  }

  async run(stream: ClientStream): Promise<void> {
    const startedMs = performance.now();
    let firstMs: number | undefined;
    for await (const { type, timestamp, payload } of flvTags(this.#file, this.#loop)) {
      firstMs ??= timestamp;
      this.sentMs = timestamp - firstMs;
      const earlyMs = this.sentMs - (performance.now() - startedMs);
      if (earlyMs > 0) await sleep(earlyMs);
      if (!stream.writable) await this.#untilWritable();
      stream.publish({ type, timestamp: timestamp >>> 0, payload });
    }
    stream.end();
  }

  resume(): void {
    this.#onWritable?.();
    this.#onWritable = undefined;
  }

  #untilWritable(): Promise<void> {
    return new Promise((resolve) => {
      this.#onWritable = resolve;
    });
  }
}
