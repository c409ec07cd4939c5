import type { StreamKey } from "@headgate/bus";
import { answerText, hostOf, isReading, playerRequest, refuse } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";
import type { StreamAnswers, StreamRequest } from "@headgate/http-server";
import { addressKey, type Faults, Guard } from "@headgate/transport";
import type { FastifyReply } from "fastify";
import type { Logger } from "pino";
import type { OpenedFile, RecordedFiles } from "../playing/recorded-files.ts";
import type { ReadCached } from "../read-cached.ts";
import type { RecordingSource } from "../recording-source.ts";
import type { Body } from "./body.ts";
import { cutBody } from "./cut-body.ts";
import { answerDownload } from "./download.ts";
import { DownloadPlaces } from "./download-places.ts";
import { PieceReader, sendBody } from "./send-body.ts";
import { validatorsOf } from "./validators.ts";

export interface DownloadsParts {
  readonly gateway: Pick<Gateway, "requestPlay">;
  readonly source: Pick<RecordingSource, "hasRecordings" | "placeOf" | "isLive">;
  readonly files: Pick<RecordedFiles, "open" | "index">;
  /** Whether paths without a file are those of another server. */
  readonly hasWebServer: boolean;
  readonly readCached?: ReadCached | undefined;
  readonly faults: Faults;
  readonly log: Logger;
}

/** Hears of bytes that were sent. */
type Count = (bytes: number) => void;

/** How the path of a live stream ends as well. */
const LIVE = ".flv";

/** Ten days. Seconds. */
const MAX_START_SECONDS = 10 * 24 * 3_600;

/**
 * Sends recordings as files, to players that may play them: `GET /live/cam/2026-11-29/14-00-00.mp4`, or from the keyframe at or
 * before a number of seconds with `?start=`. A path that means no application with recordings, or no file, is left to the web server.
 */
export class Downloads implements StreamAnswers {
  readonly #parts: DownloadsParts;
  readonly #places = new DownloadPlaces();
  #bytes = 0;

  constructor(parts: DownloadsParts) {
    this.#parts = parts;
  }

  /** Under way. */
  get active(): number {
    return this.#places.size;
  }

  /** Sent so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What is live by the name is that, and no recording. */
  isAsked(request: StreamRequest): boolean {
    if (!isReading(request)) return false;
    const { source } = this.#parts;
    const [host, path] = [hostOf(request.headers.host), request.params["*"]];
    if (!source.hasRecordings(host, path)) return false;
    return !path.endsWith(LIVE) || !source.isLive(host, path.slice(0, -LIVE.length));
  }

  async answer(request: StreamRequest, reply: FastifyReply): Promise<boolean> {
    const address = addressKey(request.peer.remoteAddress);
    if (!this.#places.enter(address)) {
      refuse(reply, "DOWNLOADS_EXCEEDED");
      return true;
    }
    try {
      return await this.#ask(request, reply);
    } finally {
      this.#places.leave(address);
    }
  }

  async #ask(request: StreamRequest, reply: FastifyReply): Promise<boolean> {
    const { raw } = reply;
    let sent = 0;
    const path = request.params["*"];
    const asked = playerRequest(request, { path, bytesSent: () => sent, onKicked: () => raw.destroy() });
    const play = await this.#parts.gateway.requestPlay(asked);
    if (play.kind === "deny") {
      refuse(reply, play.reason, play);
      return true;
    }
    const count: Count = (bytes) => {
      sent += bytes;
      this.#bytes += bytes;
    };
    try {
      return raw.destroyed || (await this.#find(request, reply, play.key, count));
    } finally {
      play.end();
    }
  }

  async #find(request: StreamRequest, reply: FastifyReply, key: StreamKey, count: Count): Promise<boolean> {
    const { source, files, hasWebServer } = this.#parts;
    const place = source.placeOf(key, undefined);
    const file = place && (await this.#try(key.path, () => files.open(place.path, place.folder)));
    if (!file) {
      // A live stream by that name may be on another server, or come in a moment.
      if (request.params["*"].endsWith(LIVE)) return false;
      if (hasWebServer) reply.callNotFound();
      else refuse(reply, "RECORDING_NOT_FOUND");
      return true;
    }
    try {
      await this.#send(request, reply, file, count);
      return true;
    } finally {
      await file.handle.close();
    }
  }

  async #send(request: StreamRequest, reply: FastifyReply, file: OpenedFile, count: Count): Promise<void> {
    const start = startIn(request.query.start);
    if (start === "invalid")
      return answerText(reply, 400, "START_INVALID: `start` is a number of seconds, such as 12.5.");
    const body = await this.#bodyOf(file, start);
    if (!body) return refuse(reply, "RECORDING_NOT_CUT");
    const validators = validatorsOf(file.version, start === undefined ? "" : `@${start}`, Date.now());
    const head = answerDownload(request, file.path, body, validators);
    reply.hijack();
    reply.raw.writeHead(head.status, head.headers);
    await this.#sendBody(head.body, file, reply, count);
  }

  async #try<Found>(stream: string, find: () => Promise<Found | undefined>): Promise<Found | undefined> {
    try {
      return await find();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.#parts.log.warn(
        { code: "RECORDING_UNPLAYABLE", stream, error: code ?? message },
        "cannot send a recording",
      );
      return undefined;
    }
  }

  /** Undefined if the file cannot be cut. */
  async #bodyOf(file: OpenedFile, startSeconds: number | undefined): Promise<Body | undefined> {
    const { bytes } = file.version;
    if (startSeconds === undefined) return [{ from: 0, to: bytes }];
    const cut = async (): Promise<Body> =>
      cutBody(await this.#parts.files.index(file), startSeconds * 1_000, bytes);
    return this.#try(file.path, cut);
  }

  /** Half of a reply cannot be taken back: what fails from here on ends the connection. */
  async #sendBody(
    body: Body,
    { handle, path }: OpenedFile,
    { raw }: FastifyReply,
    count: Count,
  ): Promise<void> {
    const guard = new Guard(this.#parts.faults, "request", () => raw.destroy());
    try {
      const file = new PieceReader(handle, this.#parts.readCached);
      const sent = await sendBody(body, file, { response: raw, guard, count });
      if (sent === "whole") raw.end();
      else raw.destroy();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) return guard.fail(error);
      this.#parts.log.warn(
        { code: "RECORDING_UNPLAYABLE", file: path, error: code },
        "cannot read a recording",
      );
      raw.destroy();
    }
  }
}

function startIn(written: unknown): number | "invalid" | undefined {
  if (written === undefined) return undefined;
  const seconds =
    typeof written === "string" && /^\d{1,9}(?:\.\d{1,9})?$/.test(written) ? Number(written) : Number.NaN;
  return seconds <= MAX_START_SECONDS ? seconds : "invalid";
}
