import type { Faults } from "@headgate/transport";
import type { FastifyPluginCallback } from "fastify";
import type { Manifest, Recording } from "./manifest.ts";
import type { RecordedFiles } from "./playing/recorded-files.ts";
import { deleteRecording } from "./retention.ts";
import type { SpanFormat } from "./spans/span-writer.ts";
import { Spans } from "./spans/spans.ts";

/** Recordings of one answer, at most. */
const MAX_LISTED = 1_000;

/** Seconds of a span, at most: a day. */
const MAX_SPAN_SECONDS = 86_400;

const START_INVALID = "START_INVALID: `start` is a time such as 2026-11-29T14:00:00Z.";

interface ListQuery {
  readonly stream?: string;
  readonly start: number;
  readonly count: number;
}

const LIST_SCHEMA = {
  querystring: {
    type: "object",
    properties: {
      stream: { type: "string" },
      start: { type: "integer", minimum: 0, default: 0 },
      count: { type: "integer", minimum: 1, maximum: MAX_LISTED, default: 100 },
    },
  },
};

interface SpanQuery {
  readonly start: string;
  readonly duration: number;
  readonly format: SpanFormat;
}

const SPAN_SCHEMA = {
  querystring: {
    type: "object",
    required: ["start", "duration"],
    properties: {
      start: { type: "string", maxLength: 64 },
      duration: { type: "number", exclusiveMinimum: 0, maximum: MAX_SPAN_SECONDS },
      format: { type: "string", enum: ["mp4", "m4a", "mp3"], default: "mp4" },
    },
  },
};

export interface RecordingRoutesParts {
  /** The folder of all recordings. */
  readonly root: string;
  readonly manifest: Manifest;
  readonly files: Pick<RecordedFiles, "play">;
  readonly faults: Faults;
}

/**
 * `GET /api/v1/recordings` lists what was recorded, the newest first, of one stream or of all; `GET /api/v1/recordings/STREAM` sends a
 * span of a stream as one file; `DELETE /api/v1/recordings/FILE` deletes a file that is not being written.
 */
export function recordingRoutes(parts: RecordingRoutesParts): FastifyPluginCallback {
  const { root, manifest } = parts;
  const spans = new Spans(parts);
  return (app, _, done) => {
    app.get<{ Params: { "*": string }; Querystring: SpanQuery }>(
      "/api/v1/recordings/*",
      { schema: SPAN_SCHEMA, exposeHeadRoute: false },
      async ({ params, query }, reply) => {
        const startMs = Date.parse(query.start);
        if (Number.isNaN(startMs)) return reply.code(400).send({ error: START_INVALID });
        const span = { startMs, endMs: startMs + query.duration * 1_000 };
        await spans.send(params["*"], span, query.format, reply);
        return reply;
      },
    );
    app.get<{ Querystring: ListQuery }>("/api/v1/recordings", { schema: LIST_SCHEMA }, async ({ query }) => {
      const { stream, start, count } = query;
      const all = [...(await manifest.read()).values()].filter(
        (recording) => stream === undefined || recording.stream === stream,
      );
      all.sort((one, other) => other.startedMs - one.startedMs);
      return { total: all.length, recordings: all.slice(start, start + count).map(described) };
    });
    app.delete<{ Params: { "*": string } }>("/api/v1/recordings/*", async ({ params }, reply) => {
      const recording = (await manifest.read()).get(params["*"]);
      if (!recording)
        return reply.code(404).send({ error: "RECORDING_NOT_FOUND: There is no such recording." });
      if (manifest.isBeingWritten(recording))
        return reply.code(409).send({ error: "RECORDING_IN_USE: The recording is being written." });
      await deleteRecording(root, manifest, recording.file);
      return { file: recording.file };
    });
    done();
  };
}

function described({ file, stream, format, startedMs, endedMs, durationMs, bytes, state }: Recording) {
  return {
    file,
    stream,
    format,
    state,
    started: new Date(startedMs).toISOString(),
    ended: endedMs === undefined ? null : new Date(endedMs).toISOString(),
    durationMs: durationMs ?? null,
    bytes: bytes ?? null,
  };
}
