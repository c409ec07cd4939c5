import { noteChange } from "@headgate/http-server";
import type { Faults } from "@headgate/transport";
import type { FastifyPluginCallback } from "fastify";
import type { Manifest, Recording } from "./manifest.ts";
import type { RecordedFiles } from "./playing/recorded-files.ts";
import type { RecordingControl, RecordingOutcome } from "./recording-control.ts";
import {
  DELETED_REPLY,
  FAILURE_REPLY,
  FILE_PARAMS,
  LIST_QUERY,
  LIST_REPLY,
  type ListQuery,
  SPAN_QUERY,
  type SpanQuery,
  STREAM_BODY,
  STREAM_PARAMS,
  STREAM_REPLY,
} from "./recording-schemas.ts";
import { deleteRecording } from "./retention.ts";
import { Spans } from "./spans/spans.ts";

const TAGS = ["recordings"];

const START_INVALID = "START_INVALID: `start` is a time such as 2026-11-29T14:00:00Z.";

const FAILURES = {
  RECORDING_NOT_FOUND: [404, "There is no such recording."],
  RECORDING_IN_USE: [409, "The recording is being written or uploaded."],
  STREAM_NOT_FOUND: [404, "Nobody publishes this stream."],
  RECORDING_RUNNING: [409, "The stream is being recorded already."],
  RECORDING_NOT_RUNNING: [409, "The stream is not being recorded."],
  RECORDING_OFF: [409, "Nothing of this application is recorded: set its `record.format`."],
} as const;

const OUTCOMES = {
  absent: "STREAM_NOT_FOUND",
  running: "RECORDING_RUNNING",
  idle: "RECORDING_NOT_RUNNING",
  off: "RECORDING_OFF",
} as const satisfies Record<Exclude<RecordingOutcome["kind"], "done">, keyof typeof FAILURES>;

interface OfStream {
  readonly Body: { readonly stream: string };
}

export interface RecordingRoutesParts {
  /** The folder of all recordings. */
  readonly root: string;
  readonly manifest: Manifest;
  readonly files: Pick<RecordedFiles, "play">;
  readonly control: RecordingControl;
  readonly faults: Faults;
}

/**
 * Lists, deletes, starts and stops recordings, and sends a span of a stream as one file. What is deleted is a file, and what is stopped
 * a stream: its file changes.
 */
export function recordingRoutes(parts: RecordingRoutesParts): FastifyPluginCallback {
  const { root, manifest, control } = parts;
  const spans = new Spans(parts);
  return (app, _, done) => {
    const span = {
      tags: TAGS,
      summary: "Recorded time of a stream as one file",
      params: STREAM_PARAMS,
      querystring: SPAN_QUERY,
    };
    app.get<{ Params: { "*": string }; Querystring: SpanQuery }>(
      "/api/v1/recordings/*",
      { schema: span, exposeHeadRoute: false },
      async ({ params, query }, reply) => {
        const startMs = Date.parse(query.start);
        if (Number.isNaN(startMs)) return reply.code(400).send({ error: START_INVALID });
        const wanted = { startMs, endMs: startMs + query.duration * 1_000 };
        await spans.send(params["*"], wanted, query.format, reply);
        return reply;
      },
    );
    const list = {
      tags: TAGS,
      summary: "What was recorded, the newest first",
      querystring: LIST_QUERY,
      response: { 200: LIST_REPLY },
    };
    app.get<{ Querystring: ListQuery }>("/api/v1/recordings", { schema: list }, async ({ query }) => {
      const { stream, start, count } = query;
      const all = [...(await manifest.read()).values()].filter(
        (recording) => stream === undefined || recording.stream === stream,
      );
      all.sort((one, other) => other.startedMs - one.startedMs);
      return { total: all.length, recordings: all.slice(start, start + count).map(described) };
    });

    const remove = {
      tags: TAGS,
      summary: "Delete the file of a recording that is not being written",
      params: FILE_PARAMS,
      response: { 200: DELETED_REPLY, 404: FAILURE_REPLY, 409: FAILURE_REPLY },
    };
    app.delete<{ Params: { "*": string } }>(
      "/api/v1/recordings/*",
      { schema: remove },
      async ({ params }, reply) => {
        const recording = (await manifest.read()).get(params["*"]);
        if (!recording) return reply.code(404).send(failure("RECORDING_NOT_FOUND"));
        const isUploading = recording.upload?.state === "uploading";
        if (isUploading || manifest.isBeingWritten(recording))
          return reply.code(409).send(failure("RECORDING_IN_USE"));
        await deleteRecording(root, manifest, recording.file);
        return { file: recording.file };
      },
    );

    const change = (path: string, summary: string, act: RecordingControl["start"]): void => {
      const schema = {
        tags: TAGS,
        summary,
        body: STREAM_BODY,
        response: { 200: STREAM_REPLY, 404: FAILURE_REPLY, 409: FAILURE_REPLY },
      };
      app.post<OfStream>(path, { schema }, async (request, reply) => {
        const { stream } = request.body;
        noteChange(request, { stream });
        const outcome = await act(stream);
        if (outcome.kind === "done") return { stream, file: outcome.file };
        const code = OUTCOMES[outcome.kind];
        return reply.code(FAILURES[code][0]).send(failure(code));
      });
    };
    change("/api/v1/recordings", "Start recording a stream that is published", (stream) =>
      control.start(stream),
    );
    change("/api/v1/recordings/stop", "Stop recording a stream, which goes on", (stream) =>
      control.stop(stream),
    );
    done();
  };
}

function failure(code: keyof typeof FAILURES): { readonly error: string } {
  return { error: `${code}: ${FAILURES[code][1]}` };
}

function described({ startedMs, endedMs, ...recording }: Recording) {
  const { file, stream, format, state, recording: first, positionMs, durationMs, bytes, upload } = recording;
  return {
    file,
    stream,
    format,
    state,
    started: new Date(startedMs).toISOString(),
    ended: endedMs === undefined ? null : new Date(endedMs).toISOString(),
    recording: first,
    positionMs,
    durationMs: durationMs ?? null,
    bytes: bytes ?? null,
    upload: upload?.state ?? null,
    uploadTries: upload?.tries ?? 0,
  };
}
