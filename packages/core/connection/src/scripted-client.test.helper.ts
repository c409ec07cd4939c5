import { ByteWriter } from "@headgate/bytes";
import { ChunkDecoder, ChunkEncoder } from "@headgate/chunk";
import { type Message, MessageType } from "@headgate/message";
import type { SessionEvent } from "@headgate/session";
import { kept, type Random } from "@headgate/testkit";
import { DEFAULT_CONNECTION_LIMITS } from "./limits.ts";
import { ServerConnection, type ServerConnectionOptions } from "./server-connection.ts";

const PACKET_LENGTH = 1536;
const S0S1S2_LENGTH = 1 + 2 * PACKET_LENGTH;

export const TIMEOUTS = {
  firstByteMs: 10_000,
  handshakeMs: 10_000,
  connectMs: 10_000,
  pingIntervalMs: 15_000,
  pingTimeoutMs: 15_000,
};

/** A server's side with every default, and randomness that is the same each time. */
export function newConnection(options: Partial<ServerConnectionOptions> = {}): ServerConnection {
  const defaults: ServerConnectionOptions = {
    random: (length) => new Uint8Array(length).fill(7),
    chunkSize: 4096,
    ackWindow: 2_500_000,
    rtmpe: true,
    limits: DEFAULT_CONNECTION_LIMITS,
    timeouts: TIMEOUTS,
  };
  return new ServerConnection({ ...defaults, ...options }, 0);
}

/** C0, C1 and C2 of the simple handshake, as a client may send them at once. */
export function clientHandshake(): Uint8Array {
  const bytes = new Uint8Array(1 + 2 * PACKET_LENGTH);
  bytes[0] = 3;
  return bytes;
}

/** A driver that grants every request and notes, in order, what it was told and given. */
export class NotingDriver {
  readonly events: SessionEvent[] = [];
  readonly #connection: ServerConnection;
  #output: Uint8Array[] = [];

  constructor(connection: ServerConnection) {
    this.#connection = connection;
  }

  onEvent(event: SessionEvent): void {
    this.events.push(kept(event));
    const { session } = this.#connection;
    if (event.kind === "connectRequested") session.acceptConnect();
    if (event.kind === "publishRequested") session.netStream(event.netStreamId)?.acceptPublish();
    if (event.kind === "playRequested") session.netStream(event.netStreamId)?.acceptPlay();
  }

  onOutput(bytes: Uint8Array): void {
    this.#output.push(bytes);
  }

  get kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }

  /** All output so far, in one piece. */
  get output(): Uint8Array {
    const writer = new ByteWriter();
    for (const piece of this.#output) writer.raw(piece);
    return writer.finish();
  }

  /** How many times output was handed over. */
  get outputs(): number {
    return this.#output.length;
  }

  /** The messages sent after the handshake. */
  get messages(): Message[] {
    const decoder = new ChunkDecoder();
    decoder.push(this.output.subarray(S0S1S2_LENGTH));
    const messages: Message[] = [];
    for (let message = decoder.next(); message; message = decoder.next()) messages.push(message);
    return messages;
  }
}

/** Gives a connection these pieces one after the other, polling after each as a driver does. */
export function feed(
  connection: ServerConnection,
  driver: NotingDriver,
  pieces: readonly Uint8Array[],
  nowMs = 0,
): void {
  for (const piece of pieces) {
    connection.receive(piece, nowMs);
    connection.poll(driver, nowMs);
  }
}

/** A connection whose client is connected, and the encoder that client goes on with. */
export function connectedClient(options: Partial<ServerConnectionOptions> = {}): {
  connection: ServerConnection;
  driver: NotingDriver;
  encoder: ChunkEncoder;
} {
  const connection = newConnection(options);
  const driver = new NotingDriver(connection);
  const encoder = new ChunkEncoder();
  feed(connection, driver, [clientHandshake(), encoder.encode(connect(), 3)]);
  return { connection, driver, encoder };
}

export function connect(): Message {
  return command("connect", 1, new ByteWriter().u8(3).raw(field("app")).raw(text("live")).u16(0).u8(9));
}

/** A command whose command object is null, with these further arguments. */
export function command(name: string, transactionId: number, ...args: (ByteWriter | string)[]): Message {
  const body = new ByteWriter().raw(text(name)).u8(0).f64(transactionId);
  if (name !== "connect") body.u8(5);
  for (const arg of args) body.raw(typeof arg === "string" ? text(arg) : arg.finish());
  return { type: MessageType.commandAmf0, timestamp: 0, messageStreamId: 0, payload: body.finish() };
}

export function media(type: number, timestamp: number, random: Random): Message {
  return { type, timestamp, messageStreamId: 1, payload: random.bytes(random.below(600)) };
}

function text(value: string): Uint8Array {
  return new ByteWriter().u8(2).utf8WithU16Length(value).finish();
}

function field(name: string): Uint8Array {
  return new ByteWriter().utf8WithU16Length(name).finish();
}
