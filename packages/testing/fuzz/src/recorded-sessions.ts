import { ChunkDecoder, ChunkEncoder } from "@headgate/chunk";
import { ClientConnection, DEFAULT_CONNECTION_LIMITS, ServerConnection } from "@headgate/connection";
import { type Message, MessageType } from "@headgate/message";
import { RtmpUrl } from "@headgate/session";
import { Random } from "@headgate/testkit";
import { grant } from "./grant.ts";
import { joined } from "./mutate.ts";
import { amf0Message } from "./random-messages.ts";

/** The length of C0, C1 and C2, and of S0, S1 and S2. Bytes. */
export const HANDSHAKE_BYTES: number = 1 + 2 * 1536;

export const TIMEOUTS = {
  firstByteMs: 10_000,
  handshakeMs: 10_000,
  connectMs: 10_000,
  pingIntervalMs: 15_000,
  pingTimeoutMs: 15_000,
} as const;

/** A session of our client with our server: all bytes that each side sent. */
export interface RecordedSession {
  readonly purpose: "play" | "publish";
  readonly fromClient: Uint8Array;
  readonly fromServer: Uint8Array;
  /** The client's messages after the handshake. */
  readonly clientMessages: readonly Message[];
  readonly serverMessages: readonly Message[];
}

const METADATA = amf0Message(MessageType.dataAmf0, 1, "onMetaData", {
  width: 1280,
  height: 720,
  videocodecid: 7,
});

const CHUNK_SIZE = 4096;
const URL = RtmpUrl.parse("rtmp://localhost/live/cam?key=value")!;

/** Metadata, decoder configurations, and a few frames of video and audio. */
const MEDIA: readonly Message[] = [
  METADATA,
  {
    type: MessageType.video,
    timestamp: 0,
    messageStreamId: 1,
    payload: Uint8Array.of(0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f),
  },
  { type: MessageType.audio, timestamp: 0, messageStreamId: 1, payload: Uint8Array.of(0xaf, 0, 0x12, 0x10) },
  ...[0, 40, 80, 120].flatMap((timestamp) => [
    {
      type: MessageType.video,
      timestamp,
      messageStreamId: 1,
      payload: frame(timestamp === 0 ? 0x17 : 0x27, 300),
    },
    { type: MessageType.audio, timestamp, messageStreamId: 1, payload: frame(0xaf, 60) },
  ]),
];

/** With each of the two handshakes that need no key exchange. Recorded on first use. */
export function recordedSessions(): readonly RecordedSession[] {
  recorded ??= (["publish", "play"] as const).flatMap((purpose) =>
    (["simple", "digest"] as const).map((kind) => record(purpose, kind)),
  );
  return recorded;
}

let recorded: readonly RecordedSession[] | undefined;

function frame(head: number, length: number): Uint8Array {
  return Uint8Array.of(head, 1, 0, 0, 0, ...new Uint8Array(length).fill(0x65));
}

function record(purpose: "play" | "publish", kind: "simple" | "digest"): RecordedSession {
  const server = new RecordedServer();
  const client = new RecordedClient(purpose, kind);
  const exchange = () => {
    for (let isMoving = true; isMoving; ) {
      const words = client.take();
      const replies = server.take();
      isMoving = words.length + replies.length > 0;
      server.receive(words);
      client.receive(replies);
    }
  };
  exchange();
  if (purpose === "play") server.sendMedia();
  exchange();
  client.end();
  exchange();
  const fromClient = client.all;
  const fromServer = server.all;
  return {
    purpose,
    fromClient,
    fromServer,
    clientMessages: messagesOf(fromClient),
    serverMessages: messagesOf(fromServer),
  };
}

/** What one side has sent, and the part of it that the other side has not received yet. */
class Words {
  readonly #all: Uint8Array[] = [];
  #taken = 0;

  add(bytes: Uint8Array): void {
    this.#all.push(bytes);
  }

  take(): Uint8Array {
    const news = joined(this.#all.slice(this.#taken));
    this.#taken = this.#all.length;
    return news;
  }

  get all(): Uint8Array {
    return joined(this.#all);
  }
}

class RecordedServer {
  readonly #words = new Words();
  readonly #connection = newServer();

  get all(): Uint8Array {
    return this.#words.all;
  }

  take(): Uint8Array {
    return this.#words.take();
  }

  receive(bytes: Uint8Array): void {
    this.#connection.receive(bytes, 0);
    this.#connection.poll(
      {
        onEvent: (event) => grant(event, this.#connection.session),
        onOutput: (output) => this.#words.add(output),
      },
      0,
    );
  }

  /** Bytes that a gateway writes beside the connection: the stream's log. */
  sendMedia(): void {
    const encoder = new ChunkEncoder();
    encoder.useChunkSize(CHUNK_SIZE);
    for (const message of MEDIA) this.#words.add(encoder.encode(message, message.type));
  }
}

class RecordedClient {
  readonly #words = new Words();
  readonly #connection: ClientConnection;

  constructor(purpose: "play" | "publish", kind: "simple" | "digest") {
    this.#connection = newClient(purpose, kind);
    this.receive(new Uint8Array(0));
  }

  get all(): Uint8Array {
    return this.#words.all;
  }

  take(): Uint8Array {
    return this.#words.take();
  }

  receive(bytes: Uint8Array): void {
    this.#connection.receive(bytes, 0);
    this.#connection.poll(
      {
        onEvent: ({ kind }) => {
          if (kind === "started") for (const message of MEDIA) this.#connection.session.publish(message);
        },
        onOutput: (output) => this.#words.add(output),
      },
      0,
    );
  }

  end(): void {
    this.#connection.session.end();
    this.receive(new Uint8Array(0));
  }
}

function newServer(): ServerConnection {
  const random = (length: number) => new Random(2).bytes(length);
  const limits = DEFAULT_CONNECTION_LIMITS;
  const options = { chunkSize: CHUNK_SIZE, ackWindow: 2_500_000, rtmpe: false, timeouts: TIMEOUTS, limits };
  return new ServerConnection({ ...options, random }, 0);
}

function newClient(purpose: "play" | "publish", kind: "simple" | "digest"): ClientConnection {
  const options = { ackWindow: 2_500_000, timeouts: TIMEOUTS, limits: DEFAULT_CONNECTION_LIMITS };
  const handshake = { random: (length: number) => new Random(1).bytes(length), kind };
  const session = { url: URL, purpose, flashVersion: "LNX 9,0,124,2", chunkSize: CHUNK_SIZE };
  return new ClientConnection({ ...options, handshake, session }, 0);
}

function messagesOf(bytes: Uint8Array): Message[] {
  const decoder = new ChunkDecoder();
  decoder.push(bytes.subarray(HANDSHAKE_BYTES));
  const messages: Message[] = [];
  for (let message = decoder.next(); message; message = decoder.next()) messages.push(message);
  return messages;
}
