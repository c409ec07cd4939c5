import { extname } from "node:path";
import { OPEN_TO_PAGES } from "@headgate/feature";
import type { FastifyRequest } from "fastify";
import { type Body, lengthOf, partOf } from "./body.ts";
import { readRange } from "./byte-range.ts";
import { judgeConditions, mayBeParted, type Validators } from "./validators.ts";

/** What is said of a download before its bytes. */
export interface DownloadHead {
  readonly status: 200 | 206 | 304 | 412 | 416;
  readonly headers: Readonly<Record<string, string | number>>;
  /** Nothing for HEAD, and where there is nothing to send. */
  readonly body: Body;
}

const TYPES: Readonly<Record<string, string>> = {
  ".flv": "video/x-flv",
  ".mp4": "video/mp4",
  ".f4v": "video/mp4",
  ".m4a": "audio/mp4",
  ".mp3": "audio/mpeg",
};

/** The reply to a GET or HEAD of a body (RFC 9110 §13, §14). */
export function answerDownload(
  { method, headers: asked }: Pick<FastifyRequest, "method" | "headers">,
  path: string,
  body: Body,
  validators: Validators,
): DownloadHead {
  const common = {
    ...OPEN_TO_PAGES,
    "accept-ranges": "bytes",
    etag: validators.etag,
    "last-modified": new Date(validators.lastModifiedMs).toUTCString(),
    // The policies are asked each time.
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
  };
  const status = judgeConditions(asked, validators);
  if (status !== undefined) return { status, headers: common, body: [] };
  const total = lengthOf(body);
  const ifRange = asked["if-range"];
  const range = mayBeParted(ifRange === undefined ? undefined : String(ifRange), validators)
    ? readRange(asked.range, total)
    : "whole";
  if (range === "unsatisfiable")
    return {
      status: 416,
      headers: { ...common, "content-range": `bytes */${total}`, "content-length": 0 },
      body: [],
    };
  const { from, to } = range === "whole" ? { from: 0, to: total } : range;
  const headers = {
    ...common,
    "content-type": TYPES[extname(path).toLowerCase()] ?? "application/octet-stream",
    "content-length": to - from,
  };
  const sent = method === "HEAD" ? [] : partOf(body, { from, to });
  if (range === "whole") return { status: 200, headers, body: sent };
  return {
    status: 206,
    headers: { ...headers, "content-range": `bytes ${from}-${to - 1}/${total}` },
    body: sent,
  };
}
