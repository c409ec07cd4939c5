import { isReading, OPEN_TO_PAGES, playerRequest, refuse } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";
import type { StreamAnswers, StreamRequest } from "@headgate/http-server";
import { addressKey, Guard } from "@headgate/transport";
import type { FastifyReply } from "fastify";
import { DownloadPlaces } from "../downloading/download-places.ts";
import { type SnapshotContext, SnapshotReader } from "./snapshot-reader.ts";

export interface SnapshotsParts extends SnapshotContext {
  readonly gateway: Pick<Gateway, "read" | "requestPlay" | "keyOf">;
  /** Whether paths without a stream are those of another server. */
  readonly hasWebServer: boolean;
}

/** Behind the path of a stream. */
const NAME = "/snapshot.mp4";

/** `GET /live/cam/snapshot.mp4`: the newest keyframe of a live stream, as an MP4 with one picture, to players that may play it. */
export class Snapshots implements StreamAnswers {
  readonly #parts: SnapshotsParts;
  readonly #places = new DownloadPlaces();

  constructor(parts: SnapshotsParts) {
    this.#parts = parts;
  }

  isAsked(request: StreamRequest): boolean {
    if (!isReading(request)) return false;
    const path = request.params["*"];
    return path.endsWith(NAME) && typeof this.#parts.gateway.keyOf(path.slice(0, -NAME.length)) !== "string";
  }

  async answer(request: StreamRequest, reply: FastifyReply): Promise<boolean> {
    const address = addressKey(request.peer.remoteAddress);
    if (!this.#places.enter(address)) {
      refuse(reply, "DOWNLOADS_EXCEEDED");
      return true;
    }
    try {
      await this.#ask(request, reply, address);
      return true;
    } finally {
      this.#places.leave(address);
    }
  }

  async #ask(request: StreamRequest, reply: FastifyReply, address: string): Promise<void> {
    const { gateway, hasWebServer, faults } = this.#parts;
    const { raw } = reply;
    let sent = 0;
    const path = request.params["*"].slice(0, -NAME.length);
    const asked = playerRequest(request, { path, bytesSent: () => sent, onKicked: () => raw.destroy() });
    const play = await gateway.requestPlay(asked);
    if (play.kind === "deny") return refuse(reply, play.reason, play);
    try {
      const reader = new SnapshotReader(this.#parts, play.key, address);
      const guard = new Guard(faults, "request", () => raw.destroy());
      raw.once(
        "close",
        guard.entry(() => reader.end()),
      );
      const snapshot = await reader.snapshot;
      if (raw.destroyed) return;
      if (typeof snapshot === "string") {
        if (hasWebServer && snapshot === "SNAPSHOT_UNAVAILABLE") reply.callNotFound();
        else refuse(reply, snapshot);
        return;
      }
      sent = snapshot.length;
      reply
        .headers({ ...OPEN_TO_PAGES, "cache-control": "no-store" })
        .type("video/mp4")
        .send(snapshot);
    } finally {
      play.end();
    }
  }
}
