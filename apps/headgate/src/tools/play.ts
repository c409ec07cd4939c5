import { FLV_TAG_TYPE } from "@headgate/flv";
import type { ClientEvent } from "@headgate/session";
import { waitForSignal } from "../wait-for-signal.ts";
import { ExitCode, reportProblem, sayNoMedia } from "./exit-code.ts";
import { FlvRecording } from "./flv-recording.ts";
import { LateFile } from "./late-file.ts";
import { PlayTime } from "./play-time.ts";
import { ProgressLine, progress } from "./progress-line.ts";
import {
  type ClientProblem,
  createClientStream,
  hasReadableCa,
  type ServerOptions,
  streamUrl,
} from "./server-stream.ts";

export interface PlayOptions extends ServerOptions {
  readonly output: string;
  readonly seconds?: number;
}

/** `headgate play URL -o FILE`: ends with the stream, after the given seconds, or on a signal. */
export async function play(text: string, options: PlayOptions): Promise<void> {
  const url = streamUrl(text);
  if (!url || !hasReadableCa(options)) return;
  let outputError: Error | undefined;
  const file = new LateFile(options.output, {
    onWritable: () => stream.resume(),
    onFailed: (error) => {
      outputError = error;
      stream.end();
    },
  });
  const whyNot = file.whyNotWritable();
  if (whyNot) return complainOfFile(options.output, whyNot);
  const recording = new FlvRecording((bytes) => {
    if (!file.write(bytes)) stream.pause();
  });
  const time = new PlayTime(options.seconds, () => stream.end());
  let onOver: (problem: ClientProblem | undefined) => void;
  const over = new Promise<ClientProblem | undefined>((resolve) => {
    onOver = resolve;
  });
  const stream = createClientStream({ url, purpose: "play", start: "any" }, options, {
    onEvent: (event) => {
      record(recording, event);
      if (event.kind === "started") time.accepted();
      else if (event.kind === "media") time.media(recording.durationMs);
      // Some servers announce the end of the publisher, others close the connection.
      else if (event.kind === "unpublished" && time.hasMedia) stream.end();
    },
    onWritable: () => {},
    onOver: (problem) => onOver(problem),
  });
  waitForSignal(["SIGINT", "SIGTERM"]).then(
    () => stream.end(),
    () => {},
  );
  const startedMs = performance.now();
  const line = new ProgressLine(() =>
    progress(recording.durationMs, stream.bytes, performance.now() - startedMs),
  );
  time.begin();
  stream.start();
  const problem = await over;
  line.end();
  time.end();
  recording.finish();
  await file.close();
  if (outputError) complainOfFile(options.output, outputError);
  else if (problem && !isEndOfStream(problem, time.hasMedia)) reportProblem(problem, time.hasMedia);
  else if (!time.hasMedia) sayNoMedia();
  process.exit();
}

function record(recording: FlvRecording, event: ClientEvent): void {
  if (event.kind === "media") recording.append(event.message, performance.now());
  else if (event.kind === "data")
    recording.append({ ...event.message, type: FLV_TAG_TYPE.script }, performance.now());
}

function complainOfFile(name: string, { message }: Error): void {
  process.stderr.write(`headgate: ${name} cannot be written: ${message}\n`);
  process.exitCode = ExitCode.usage;
}

/** A stream that has played to its end is no failure. */
function isEndOfStream({ code }: ClientProblem, hasStarted: boolean): boolean {
  return hasStarted && (code === "NetStream.Play.Stop" || code === "NetStream.Play.Complete");
}
