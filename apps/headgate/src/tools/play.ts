import { createWriteStream } from "node:fs";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { FLV_TAG_TYPE } from "@headgate/flv";
import type { ClientEvent } from "@headgate/session";
import { waitForSignal } from "../wait-for-signal.ts";
import { ExitCode, reportProblem } from "./exit-code.ts";
import { FlvRecording } from "./flv-recording.ts";
import { ProgressLine, progress } from "./progress-line.ts";
import { type ClientProblem, createClientStream, type ServerOptions, streamUrl } from "./server-stream.ts";

export interface PlayOptions extends ServerOptions {
  readonly output: string;
  readonly seconds?: number;
}

/** `headgate play URL -o FILE`: ends with the stream, after the given seconds, or on a signal. */
export async function play(text: string, options: PlayOptions): Promise<void> {
  const url = streamUrl(text);
  if (!url) return;
  const output: Writable = options.output === "-" ? process.stdout : createWriteStream(options.output);
  const recording = new FlvRecording((bytes) => {
    if (!output.write(bytes)) stream.pause();
  });
  const startedMs = performance.now();
  let hasStarted = false;
  let outputError: Error | undefined;
  let onOver: (problem: ClientProblem | undefined) => void;
  const over = new Promise<ClientProblem | undefined>((resolve) => {
    onOver = resolve;
  });
  const stream = createClientStream({ url, purpose: "play", start: "any" }, options, {
    onEvent: (event) => {
      hasStarted ||= event.kind === "media";
      record(recording, event);
      const isLong = options.seconds !== undefined && recording.durationMs >= options.seconds * 1000;
      // Some servers announce the end of the publisher, others close the connection.
      if (isLong || event.kind === "unpublished") stream.end();
    },
    onWritable: () => {},
    onOver: (problem) => onOver(problem),
  });
  output.on("drain", () => stream.resume());
  output.on("error", (error: NodeJS.ErrnoException) => {
    // The reader has closed the pipe, as `head` does.
    if (error.code !== "EPIPE") outputError = error;
    stream.end();
  });
  waitForSignal(["SIGINT", "SIGTERM"]).then(
    () => stream.end(),
    () => {},
  );
  const line = new ProgressLine(() =>
    progress(recording.durationMs, stream.bytes, performance.now() - startedMs),
  );
  stream.start();
  const problem = await over;
  line.end();
  recording.finish();
  if (output !== process.stdout && !outputError) {
    output.end();
    await finished(output);
  }
  if (outputError) {
    process.stderr.write(`headgate: ${options.output} cannot be written: ${outputError.message}\n`);
    process.exitCode = ExitCode.usage;
  } else if (problem && !isEndOfStream(problem, hasStarted)) reportProblem(problem, hasStarted);
  process.exit();
}

function record(recording: FlvRecording, event: ClientEvent): void {
  if (event.kind === "media") recording.append(event.message, performance.now());
  else if (event.kind === "data")
    recording.append({ ...event.message, type: FLV_TAG_TYPE.script }, performance.now());
}

/** A stream that has played to its end is no failure. */
function isEndOfStream({ code }: ClientProblem, hasStarted: boolean): boolean {
  return hasStarted && (code === "NetStream.Play.Stop" || code === "NetStream.Play.Complete");
}
