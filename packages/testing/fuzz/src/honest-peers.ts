import { ClientConnection, DEFAULT_CONNECTION_LIMITS } from "@headgate/connection";
import { MessageType } from "@headgate/message";
import { type ClientEvent, RtmpUrl } from "@headgate/session";
import { Random } from "@headgate/testkit";
import type { Link, LinkHandler } from "@headgate/transport";
import { TIMEOUTS } from "./recorded-sessions.ts";

const URL = RtmpUrl.parse("rtmp://localhost/live/honest")!;

/** A keyframe, so that a viewer can begin at each of them. The number of the frame follows. */
const KEYFRAME = [0x17, 1, 0, 0, 0];

/** A client that follows the protocol. */
abstract class HonestPeer implements LinkHandler {
  /** Why it failed. */
  problem: string | undefined;
  protected readonly connection: ClientConnection;
  readonly #link: Link;
  #hasLeft = false;

  constructor(link: Link, purpose: "play" | "publish") {
    this.#link = link;
    this.connection = new ClientConnection(
      {
        ackWindow: 2_500_000,
        limits: DEFAULT_CONNECTION_LIMITS,
        timeouts: TIMEOUTS,
        handshake: { random: (length) => new Random(3).bytes(length), kind: "simple" },
        session: { url: URL, purpose, flashVersion: "LNX 9,0,124,2", chunkSize: 4096 },
      },
      0,
    );
    link.open(this);
    this.poll();
  }

  onBytes(bytes: Uint8Array): void {
    this.connection.receive(bytes, 0);
    this.poll();
  }

  onWritable(): void {}

  onClosed(reason?: string): void {
    if (!this.#hasLeft) this.problem ??= `its connection is gone: ${reason}`;
  }

  leave(): void {
    this.#hasLeft = true;
    this.#link.destroy();
  }

  protected poll(): void {
    this.connection.poll(
      {
        onEvent: (event) => this.onEvent(event),
        onOutput: (bytes) => void this.#link.write(bytes),
      },
      0,
    );
  }

  protected onEvent(event: ClientEvent): void {
    if (event.kind === "refused" || event.kind === "ended") this.problem ??= `${event.kind}: ${event.code}`;
  }
}

export class HonestPublisher extends HonestPeer {
  frames = 0;

  constructor(link: Link) {
    super(link, "publish");
  }

  publishFrame(): void {
    this.frames += 1;
    const payload = Uint8Array.of(...KEYFRAME, this.frames >> 8, this.frames & 0xff);
    this.connection.session.publish({ type: MessageType.video, timestamp: this.frames * 40, payload });
    this.poll();
  }
}

export class HonestViewer extends HonestPeer {
  /** How many frames have come, without a gap. */
  frames = 0;

  constructor(link: Link) {
    super(link, "play");
  }

  protected override onEvent(event: ClientEvent): void {
    super.onEvent(event);
    if (event.kind !== "media") return;
    const { payload } = event.message;
    const number = (payload[KEYFRAME.length]! << 8) | payload[KEYFRAME.length + 1]!;
    if (number !== this.frames + 1) this.problem ??= `frame ${number} came behind frame ${this.frames}`;
    this.frames = number;
  }
}
