import type { FastifyPluginCallback } from "fastify";
import type { Manifest, Recording } from "./manifest.ts";
import { deleteRecording } from "./retention.ts";

/** Recordings of one answer, at most. */
const MAX_LISTED = 1_000;

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

/**
 * `GET /api/v1/recordings` lists what was recorded, the newest first, of one stream or of all; `DELETE /api/v1/recordings/FILE` deletes a
 * file that is not being written.
 */
export function recordingRoutes(root: string, manifest: Manifest): FastifyPluginCallback {
  return (app, _, done) => {
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

function described({ startedMs, endedMs, ...recording }: Recording) {
  const { file, stream, format, state, recording: first, positionMs, durationMs, bytes } = recording;
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
  };
}
