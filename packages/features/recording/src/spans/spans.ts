import { join } from "node:path";
import { type Faults, Guard } from "@headgate/transport";
import type { FastifyReply } from "fastify";
import type { Manifest, Recording } from "../manifest.ts";
import type { FileSource } from "../playing/file-source.ts";
import { type RecordedFiles, UnplayableFile } from "../playing/recorded-files.ts";
import { spanMessages } from "./span-messages.ts";
import { planSpan, type Span } from "./span-plan.ts";
import { SpanSending } from "./span-sending.ts";
import { type SpanFormat, spanWriter } from "./span-writer.ts";

export interface SpansParts {
  /** The folder of all recordings. */
  readonly root: string;
  readonly manifest: Pick<Manifest, "read">;
  readonly files: Pick<RecordedFiles, "play">;
  readonly faults: Faults;
}

/** Each is read, packed and sent by a process that has other things to do: 2.5 Mb/s take a hundredth of a processor at real time. */
const MAX_SPANS = 4;

/** Recorded time of a stream, over as many files as it lies in, as one file that is sent while it is made. */
export class Spans {
  readonly #parts: SpansParts;
  #active = 0;

  constructor(parts: SpansParts) {
    this.#parts = parts;
  }

  async send(stream: string, span: Span, format: SpanFormat, reply: FastifyReply): Promise<void> {
    if (this.#active >= MAX_SPANS)
      return refuse(
        reply.header("retry-after", "5"),
        503,
        "SPANS_EXCEEDED",
        `${MAX_SPANS} spans are being sent already.`,
      );
    this.#active += 1;
    try {
      await this.#plan(stream, span, format, reply);
    } finally {
      this.#active -= 1;
    }
  }

  async #plan(stream: string, span: Span, format: SpanFormat, reply: FastifyReply): Promise<void> {
    const recordings = (await this.#parts.manifest.read()).values();
    const planned = planSpan(recordings, stream, span, Date.now());
    if ("code" in planned)
      return refuse(reply, planned.code === "RECORDING_GAP" ? 409 : 404, planned.code, planned.text);
    const { raw } = reply;
    const guard = new Guard(this.#parts.faults, "request", () => raw.destroy());
    const files = planned.map((recording) => ({
      startedMs: recording.startedMs,
      open: () => this.#open(recording),
    }));
    const writer = spanWriter(format, Math.max(span.startMs, planned[0]!.startedMs));
    const sending = new SpanSending(reply, writer, guard);
    try {
      const outcome = await sending.sendAll(spanMessages(files, span));
      if (outcome === "nothing") refuse(reply, 409, "SPAN_EMPTY", NOTHING[format]);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) guard.fail(error);
      else if (reply.sent) raw.destroy();
      else refuse(reply, 409, "RECORDING_UNPLAYABLE", message);
    }
  }

  async #open({ file }: Recording): Promise<FileSource> {
    const { root, files } = this.#parts;
    const source = await files.play(join(root, file), root);
    if (!source) throw new UnplayableFile(`${file} is gone`);
    return source;
  }
}

const NOTHING: Readonly<Record<SpanFormat, string>> = {
  mp4: "There are no pictures and no sound that an MP4 holds.",
  m4a: "There is no sound that an MP4 holds.",
  flv: "There are no pictures and no sound.",
  mp3: "There is no sound in MP3: ask for m4a.",
};

function refuse(reply: FastifyReply, status: number, code: string, text: string): void {
  reply.code(status).send({ error: `${code}: ${text}` });
}
