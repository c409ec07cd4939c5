import { open } from "node:fs/promises";
import { extname } from "node:path";
import { type Trust, trustingConnector } from "@headgate/http-client";
import { Agent } from "undici";
import { UploadFailure } from "./upload-failure.ts";
import type { UploadUrl } from "./upload-url.ts";

/** The time for one connection. Milliseconds. */
const CONNECT_MS = 10_000;

/** The head and the body of a reply, of which only the status counts. Bytes. */
const MAX_HEAD_BYTES: number = 16 * 1024;
const MAX_BODY_BYTES: number = 64 * 1024;

const TYPES: Readonly<Record<string, string>> = { ".mp4": "video/mp4", ".flv": "video/x-flv" };

export interface UploadedFile {
  /** Below the root of recordings. */
  readonly file: string;
  readonly path: string;
  readonly stream: string;
}

/** Sends files to HTTP servers: read as fast as the server takes them, never in memory as a whole. */
export class HttpUploads {
  readonly #agent: Agent;

  constructor(trust: Trust) {
    this.#agent = new Agent({
      connect: trustingConnector(trust, CONNECT_MS),
      pipelining: 1,
      maxHeaderSize: MAX_HEAD_BYTES,
      maxResponseSize: MAX_BODY_BYTES,
      // A file has one deadline, which counts from its beginning.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Rejects unless the server has taken the whole file. */
  async send(
    url: UploadUrl,
    method: "PUT" | "POST",
    { file, path, stream }: UploadedFile,
    signal: AbortSignal,
  ): Promise<void> {
    const handle = await open(path);
    const { size } = await handle.stat();
    const content = handle.createReadStream();
    try {
      const { statusCode, body } = await this.#agent.request({
        origin: url.origin,
        path: url.targetOf(file),
        method,
        signal,
        headers: {
          "user-agent": "headgate",
          "content-type": TYPES[extname(file)] ?? "application/octet-stream",
          "content-length": String(size),
          "x-headgate-file": encodeURI(file),
          "x-headgate-stream": encodeURI(stream),
          ...(url.authorization !== undefined && { authorization: url.authorization }),
        },
        body: content,
      });
      await body.dump();
      if (statusCode < 200 || statusCode >= 300) throw new UploadFailure(`status ${statusCode}`);
    } finally {
      content.destroy();
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}
