import { ProtocolError } from "@headgate/bytes";
import { ChunkDecoder, ChunkEncoder, type ChunkLimits, PayloadMemory } from "@headgate/chunk";
import type { Handshake, HandshakeResult, StreamCiphers } from "@headgate/handshake";
import {
  type Message,
  MessageType,
  readControlValue,
  readSetChunkSize,
  setChunkSize,
  windowAcknowledgementSize,
} from "@headgate/message";
import type { OutgoingMessage } from "@headgate/session";
import { Acknowledgements } from "./acknowledgements.ts";
import { InputQueue } from "./input-queue.ts";
import {
  type ConnectionLimits,
  MAX_BYTES_BEFORE_CONNECT,
  MAX_SLICE_BYTES,
  MAX_WAITING_BYTES,
} from "./limits.ts";
import { type ConnectionTimeouts, type ExpiryReason, Liveness } from "./liveness.ts";

export interface ConnectionOptions {
  readonly ackWindow: number;
  readonly limits: ConnectionLimits;
  readonly timeouts: ConnectionTimeouts;
}

/** Reads and writes the messages of a connection: a server's NetConnection, or a client's session. */
export interface Session<Event extends { readonly kind: string }> {
  /** Whether the peer has let this side in, or this side the peer. */
  readonly connected: boolean;
  /** Whether its sender waits for the Link to be writable. If not, unread output is limited. */
  readonly isPaced: boolean;
  /** Memory held for the peer. Bytes. */
  readonly heldBytes: number;
  /** Throws ProtocolError. */
  receive(message: Message): void;
  nextEvent(): Event | undefined;
  /** Whether there may be another part of an aggregate message to look at. */
  readonly hasParts: boolean;
  /** Looks at the next part of an aggregate message. False if there is none. Throws ProtocolError. */
  takePart(): boolean;
  nextMessage(): OutgoingMessage | undefined;
  ping(nowMs: number): void;
}

/** How the driver handles the output and the events of a connection. */
export interface ConnectionDriver<Event> {
  /** Whether the peer's next messages must wait, because an event cannot be answered yet. */
  readonly isHeld?: boolean;
  onEvent(event: Event): void;
  onOutput(bytes: Uint8Array): void;
}

/** How long the driver serves one peer before it serves the others. */
export interface Turn {
  /** A message of so many bytes, or a slice of input without one, has been looked at: whether there is time for more. */
  goesOn(bytes: number): boolean;
}

/** Of all connections of the process: a message of media has become an event and been handled before the next is decoded. */
const MEDIA_MEMORY = new PayloadMemory();

const ENDLESS_TURN: Turn = { goesOn: () => true };

/**
 * One peer's RTMP connection without any I/O: bytes and time in, events and bytes out. After every call that may change
 * something, the driver calls {@link poll}, which hands over events and output in their right order; between two events
 * the driver answers through the session. Handshake and session are both a server's, or both a client's.
 */
export class Connection<Event extends { readonly kind: string }> {
  /** Set to see every message that is received or sent through here. Media for viewers is not. */
  onMessage: ((direction: "received" | "sent", message: Message) => void) | undefined;
  readonly #session: Session<Event>;
  readonly #handshake: Handshake;
  readonly #decoder: ChunkDecoder;
  #shownChunkSize: number;
  readonly #encoder = new ChunkEncoder();
  readonly #acknowledgements: Acknowledgements;
  readonly #liveness: Liveness;
  readonly #maxPendingOutputBytes: number;
  /** With RTMPE, once the handshake is done. */
  #ciphers: StreamCiphers | undefined;
  /** Whether this side is the server: a client sends first. */
  readonly #holdsChunkSize: boolean;
  /** SetChunkSize of a server, on an encrypted connection, until its peer plays. */
  #heldChunkSize: OutgoingMessage | undefined;
  /** Output that is never encrypted: S0, S1 and S2, or C0, C1 and C2. */
  #handshakeOutput: Uint8Array | undefined;
  #output: Uint8Array[] = [];
  #outputBytes = 0;
  readonly #input = new InputQueue();
  #turn: Turn = ENDLESS_TURN;
  #isTurnOver = false;
  readonly #ackWindow: number;
  readonly #chunkLimits: ChunkLimits;

  constructor(handshake: Handshake, session: Session<Event>, options: ConnectionOptions, nowMs: number) {
    const { limits, ackWindow } = options;
    this.#handshake = handshake;
    this.#session = session;
    this.#handshakeOutput = handshake.takeOutput();
    this.#holdsChunkSize = this.#handshakeOutput === undefined;
    this.#decoder = new ChunkDecoder(beforeConnect(limits.chunk), MEDIA_MEMORY);
    this.#shownChunkSize = this.#decoder.chunkSize;
    this.#acknowledgements = new Acknowledgements(ackWindow);
    this.#liveness = new Liveness(options.timeouts, nowMs);
    this.#maxPendingOutputBytes = limits.maxPendingOutputBytes;
    this.#ackWindow = ackWindow;
    this.#chunkLimits = limits.chunk;
  }

  /** The result of the handshake; undefined until it is done. */
  get handshake(): HandshakeResult | undefined {
    return this.#handshake.result;
  }

  /** Whether the peer asked for RTMPE. Known when the handshake is done. */
  get encrypted(): boolean {
    return this.#ciphers !== undefined;
  }

  get isPaced(): boolean {
    return this.#session.isPaced;
  }

  /** The key of SWF verification; undefined if the handshake had no digest. */
  get swfVerificationKey(): Uint8Array | undefined {
    return this.#handshake.swfVerificationKey;
  }

  /**
   * Returns the bytes to send: the same array for a plain connection, a copy for an encrypted one. For media, which the driver
   * sends besides this connection's output. It must be sent in the order in which it was encrypted. The copy is in `target`, if
   * one is given.
   */
  encrypt(bytes: Uint8Array, target?: Uint8Array): Uint8Array {
    return this.#ciphers ? this.#ciphers.encrypt.apply(bytes, target) : bytes;
  }

  /** When {@link handleTimeout} wants to be called next, in milliseconds of the driver's clock. */
  get nextTimeoutMs(): number {
    return this.#liveness.nextTimeoutMs;
  }

  /**
   * Memory held for the peer: input not yet read, unfinished messages, the session's memory, output not yet handed over. Bytes.
   */
  get bufferedBytes(): number {
    const { pendingBytes, partialBytes } = this.#decoder;
    const outputBytes = (this.#handshakeOutput?.length ?? 0) + this.#outputBytes;
    const inputBytes = this.#input.bytes + pendingBytes + partialBytes;
    return this.#handshake.bufferedBytes + inputBytes + this.#session.heldBytes + outputBytes;
  }

  /** Input that waits to be looked at. Bytes. */
  get waitingBytes(): number {
    return this.#input.bytes + this.#decoder.pendingBytes;
  }

  /**
   * Takes bytes from the peer, whose memory the caller may use again after {@link keepInput}. Throws ProtocolError HANDSHAKE_*,
   * INPUT_EXCEEDED. Messages are read in {@link poll}.
   */
  receive(bytes: Uint8Array, nowMs: number): void {
    if (bytes.length === 0) return;
    this.#liveness.heard(nowMs);
    const rest = this.#handshake.result ? bytes : this.#receiveHandshake(bytes, nowMs);
    if (rest.length === 0) return;
    this.#push(this.#ciphers ? this.#ciphers.decrypt.apply(rest) : rest);
    const due = this.#acknowledgements.receive(rest.length);
    if (due) this.#send({ chunkStreamId: 2, message: due });
  }

  #push(bytes: Uint8Array): void {
    const waiting = this.waitingBytes;
    if (waiting > 0 && waiting + bytes.length > MAX_WAITING_BYTES) {
      throw new ProtocolError(
        "INPUT_EXCEEDED",
        `${waiting} bytes of messages wait to be read: they arrive too fast`,
      );
    }
    this.#input.add(bytes);
  }

  /** Copies what {@link poll} has left of the input. */
  keepInput(): void {
    if (this.waitingBytes === 0) return;
    this.#input.keep();
    this.#decoder.keep();
  }

  /** The peer has taken bytes that had been waiting, so it is alive. */
  peerProgressed(nowMs: number): void {
    this.#liveness.heard(nowMs);
  }

  /** To be called at {@link nextTimeoutMs}; then poll. A reason means that the peer is gone. */
  handleTimeout(nowMs: number): ExpiryReason | undefined {
    const due = this.#liveness.check(nowMs);
    if (due !== "ping") return due;
    this.#session.ping(nowMs);
    return undefined;
  }

  /** When the peer was last heard. Milliseconds of the driver's clock. */
  get heardMs(): number {
    return this.#liveness.heardMs;
  }

  /** Asks a peer that is connected whether it is there, before a ping is due. {@link poll} sends it. */
  ping(nowMs: number): void {
    this.#liveness.pinged(nowMs);
    this.#session.ping(nowMs);
  }

  /**
   * Hands the driver every event there is, then every byte. Messages are decoded only as the driver gets to them, so that
   * its answer to one takes effect before the next is looked at. The payloads of audio and video are valid until the driver has
   * handled the event. Throws ProtocolError.
   *
   * A peer needs one byte to send a message: with `turn` the driver keeps one peer from holding up all others. Returns
   * whether all that has arrived was looked at; if not, it wants to be called again.
   */
  poll(driver: ConnectionDriver<Event>, nowMs: number, turn: Turn = ENDLESS_TURN): boolean {
    this.#turn = turn;
    this.#isTurnOver = !turn.goesOn(0);
    try {
      for (let event = this.#nextEvent(); event; event = this.#nextEvent()) {
        if (event.kind === "playRequested") this.#sendHeldChunkSize();
        driver.onEvent(event);
        if (this.#session.connected) this.#noteConnected(nowMs);
        if (driver.isHeld) break;
      }
      if (this.#session.connected) this.#noteConnected(nowMs);
    } finally {
      this.#flush(driver);
    }
    return !this.#isTurnOver || (this.waitingBytes === 0 && !this.#session.hasParts);
  }

  #noteConnected(nowMs: number): void {
    this.#liveness.connected(nowMs);
    this.#decoder.useLimits(this.#chunkLimits);
  }

  /** Undefined when there is none, or when the turn is over. */
  #nextEvent(): Event | undefined {
    if (!this.#handshake.result) return undefined;
    while (!this.#isTurnOver) {
      const event = this.#session.nextEvent();
      if (event) return event;
      if (this.#session.takePart()) {
        this.#spend(0);
        continue;
      }
      this.#collectMessages();
      const message = this.#nextMessage();
      if (!message) return undefined;
      this.#receiveMessage(message);
      this.#spend(message.payload.length);
    }
    // Messages already decoded still become events; the turn is over when none are left.
    const event = this.#session.nextEvent();
    if (!event) this.#collectMessages();
    return event;
  }

  /** A message may arrive in many small pieces, and chunk control is not a message here: both can end a turn, too. */
  #nextMessage(): Message | undefined {
    while (!this.#isTurnOver) {
      const message = this.#decoder.next();
      if (this.onMessage) this.#showChunkSize();
      if (message) return message;
      const slice = this.#input.take(MAX_SLICE_BYTES);
      if (!slice) return undefined;
      this.#decoder.push(slice);
      this.#spend(slice.length);
    }
    return undefined;
  }

  /** The decoder keeps SetChunkSize to itself. */
  #showChunkSize(): void {
    const { chunkSize } = this.#decoder;
    if (chunkSize !== this.#shownChunkSize) this.onMessage?.("received", setChunkSize(chunkSize));
    this.#shownChunkSize = chunkSize;
  }

  #spend(bytes: number): void {
    if (!this.#turn.goesOn(bytes)) this.#isTurnOver = true;
  }

  #receiveMessage(message: Message): void {
    this.onMessage?.("received", message);
    switch (message.type) {
      case MessageType.acknowledgement:
        return;
      case MessageType.windowAcknowledgementSize:
        return this.#acknowledgements.useWindow(readControlValue(message.payload));
      case MessageType.setPeerBandwidth:
        readControlValue(message.payload);
        this.#send({ chunkStreamId: 2, message: windowAcknowledgementSize(this.#ackWindow) });
        return;
      default:
        return this.#session.receive(message);
    }
  }

  /** Returns the part of the bytes that belongs to the chunk stream. */
  #receiveHandshake(bytes: Uint8Array, nowMs: number): Uint8Array {
    const taken = this.#handshake.receive(bytes, nowMs);
    this.#handshakeOutput ??= this.#handshake.takeOutput();
    const { result } = this.#handshake;
    if (result) this.#liveness.handshakeDone(nowMs);
    if (result?.kind === "rtmpe") this.#ciphers = result.ciphers;
    return bytes.subarray(taken);
  }

  #collectMessages(): void {
    for (let next = this.#session.nextMessage(); next; next = this.#session.nextMessage()) this.#queue(next);
  }

  /**
   * FFmpeg, publishing, sends every SetChunkSize back, and over RTMPE encrypts it in the memory that it then reads the size
   * from. So over RTMPE a publisher gets no SetChunkSize: it is sent replies only, for which the initial size is enough.
   */
  #queue(outgoing: OutgoingMessage): void {
    const isHeld = this.#holdsChunkSize && this.encrypted;
    if (isHeld && outgoing.message.type === MessageType.setChunkSize) this.#heldChunkSize = outgoing;
    else this.#send(outgoing);
  }

  #sendHeldChunkSize(): void {
    const held = this.#heldChunkSize;
    this.#heldChunkSize = undefined;
    if (held) this.#send(held);
  }

  #send({ chunkStreamId, message }: OutgoingMessage): void {
    this.onMessage?.("sent", message);
    this.#append(this.#encoder.encode(message, chunkStreamId));
    if (message.type === MessageType.setChunkSize) {
      this.#encoder.useChunkSize(readSetChunkSize(message.payload));
    }
  }

  #append(bytes: Uint8Array): void {
    const outputBytes = this.#outputBytes + bytes.length;
    if (!this.isPaced && outputBytes > this.#maxPendingOutputBytes) {
      throw new ProtocolError(
        "OUTPUT_EXCEEDED",
        `${outputBytes} bytes of replies are waiting; the limit is ${this.#maxPendingOutputBytes}`,
      );
    }
    this.#output.push(bytes);
    this.#outputBytes = outputBytes;
  }

  #flush(driver: ConnectionDriver<Event>): void {
    const handshakeOutput = this.#handshakeOutput;
    if (handshakeOutput) {
      this.#handshakeOutput = undefined;
      driver.onOutput(handshakeOutput);
    }
    if (this.#outputBytes === 0) return;
    const output = this.#output.length === 1 ? this.#output[0]! : concat(this.#output, this.#outputBytes);
    this.#output = [];
    this.#outputBytes = 0;
    driver.onOutput(this.encrypt(output));
  }
}

/** Messages are short until `connect` is accepted. */
function beforeConnect(limits: ChunkLimits): ChunkLimits {
  return {
    ...limits,
    maxMessageBytes: Math.min(limits.maxMessageBytes, MAX_BYTES_BEFORE_CONNECT),
    maxPartialBytes: Math.min(limits.maxPartialBytes, MAX_BYTES_BEFORE_CONNECT),
  };
}

function concat(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
