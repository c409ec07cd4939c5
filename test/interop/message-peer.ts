import { randomBytes } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";
import { decodeAmf0Values, encodeAmf0Values } from "@headgate/amf";
import { ChunkDecoder, ChunkEncoder } from "@headgate/chunk";
import { ClientHandshake, type Handshake, ServerHandshake } from "@headgate/handshake";
import { type Message, MessageType, setChunkSize } from "@headgate/message";

const CHUNK_SIZE = 4096;

/** One end of a plain RTMP connection that says just what a test has it say, and keeps all it hears. */
export class MessagePeer {
  readonly socket: Socket;
  readonly messages: Message[] = [];
  isClosed = false;
  onMessage: (message: Message) => void = () => {};
  readonly #handshake: Handshake;
  readonly #decoder = new ChunkDecoder();
  readonly #encoder = new ChunkEncoder();
  readonly #early: (readonly [Message, number])[] = [];
  #isOpen = false;

  constructor(socket: Socket, role: "client" | "server") {
    this.socket = socket;
    const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
    this.#handshake =
      role === "client" ? new ClientHandshake({ random, kind: "simple" }) : new ServerHandshake({ random });
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("error", () => {});
    socket.once("close", () => {
      this.isClosed = true;
    });
    this.#flushHandshake();
  }

  static dial(port: number): MessagePeer {
    return new MessagePeer(connect({ host: "127.0.0.1", port }), "client");
  }

  /** `chunkStreamId` must suit what else is said on it. */
  send(message: Message, chunkStreamId = 3): void {
    if (!this.#isOpen) this.#early.push([message, chunkStreamId]);
    else this.socket.write(this.#encoder.encode(message, chunkStreamId));
  }

  command(messageStreamId: number, ...values: Parameters<typeof encodeAmf0Values>[0][number][]): void {
    const payload = encodeAmf0Values(values);
    this.send({ type: MessageType.commandAmf0, timestamp: 0, messageStreamId, payload });
  }

  /** The commands heard so far, by name and number. */
  get commands(): readonly (readonly unknown[])[] {
    return this.messages
      .filter(({ type }) => type === MessageType.commandAmf0)
      .map(({ payload }) => decodeAmf0Values(payload));
  }

  close(): void {
    this.socket.destroy();
  }

  #receive(bytes: Uint8Array): void {
    const taken = this.#isOpen ? 0 : this.#handshake.receive(bytes, 0);
    this.#flushHandshake();
    if (!this.#isOpen && this.#handshake.result) this.#open();
    if (!this.#isOpen) return;
    this.#decoder.push(bytes.subarray(taken));
    for (let message = this.#decoder.next(); message; message = this.#decoder.next()) {
      this.messages.push({ ...message, payload: new Uint8Array(message.payload) });
      this.onMessage(message);
    }
  }

  #open(): void {
    this.#isOpen = true;
    this.socket.write(this.#encoder.encode(setChunkSize(CHUNK_SIZE), 2));
    this.#encoder.useChunkSize(CHUNK_SIZE);
    for (const [message, chunkStreamId] of this.#early.splice(0)) this.send(message, chunkStreamId);
  }

  #flushHandshake(): void {
    const output = this.#handshake.takeOutput();
    if (output) this.socket.write(output);
  }
}

/** An origin of which every connection is a MessagePeer; `onPeer` says what it does. */
export async function listenForPeers(
  port: number,
  onPeer: (peer: MessagePeer) => void,
): Promise<{ readonly peers: MessagePeer[]; stop(): Promise<void> }> {
  const peers: MessagePeer[] = [];
  const server: Server = createServer((socket) => {
    const peer = new MessagePeer(socket, "server");
    peers.push(peer);
    onPeer(peer);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    peers,
    stop: () => {
      for (const peer of peers) peer.close();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Answers what a player or a publisher asks of a server, so that it goes on. */
export function grant(peer: MessagePeer, then: () => void = () => {}): void {
  peer.onMessage = ({ type, payload }) => {
    if (type !== MessageType.commandAmf0) return;
    const [name, transactionId] = decodeAmf0Values(payload);
    const success = { level: "status", code: "NetConnection.Connect.Success", description: "" };
    if (name === "connect") peer.command(0, "_result", 1, {}, success);
    if (name === "createStream") peer.command(0, "_result", transactionId ?? 0, null, 1);
    if (name !== "play" && name !== "publish") return;
    const code = name === "play" ? "NetStream.Play.Start" : "NetStream.Publish.Start";
    peer.command(1, "onStatus", 0, null, { level: "status", code, description: "" });
    then();
  };
}
