import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { MessageSource } from "@headgate/bus";
import { FlvDecoder, parseAudioHeader, parseVideoHeader } from "@headgate/flv";
import { createGateway, DEFAULT_GATEWAY_OPTIONS, type Gateway } from "@headgate/gateway";
import { type Message, MessageType } from "@headgate/message";
import { TcpLink } from "@headgate/tcp";
import { pino } from "pino";

/** The messages of an FLV file in memory, and where its keyframes are. */
class FlvFile {
  readonly headers: Message[] = [];
  readonly messages: Message[] = [];
  readonly keyframes: number[] = [];

  constructor(path: string) {
    const decoder = new FlvDecoder();
    decoder.push(readFileSync(path));
    for (let tag = decoder.next(); tag; tag = decoder.next()) this.#add({ ...tag, messageStreamId: 1 });
  }

  #add(message: Message): void {
    const { type, payload } = message;
    const header = type === MessageType.video ? parseVideoHeader(payload) : parseAudioHeader(payload);
    const isFrame = type !== MessageType.dataAmf0 && header.kind === "frames";
    if (!isFrame) return void this.headers.push(message);
    if (type === MessageType.video && "isKeyframe" in header && header.isKeyframe)
      this.keyframes.push(this.messages.length);
    this.messages.push(message);
  }
}

/** One player's place in such a file, which has one set of headers. */
class FlvSource implements MessageSource {
  readonly hasVideo = true;
  readonly isGrowing = false;
  onReady: () => void = () => {};
  readonly #file: FlvFile;
  #place = 0;

  constructor(file: FlvFile) {
    this.#file = file;
  }

  get durationMs(): number {
    return this.#file.messages.at(-1)!.timestamp;
  }

  get headers(): readonly Message[] {
    const { timestamp } = this.#file.messages[this.#place]!;
    return this.#file.headers.map((message) => ({ ...message, timestamp }));
  }

  get nextMs(): number | undefined {
    return this.#file.messages[this.#place]?.timestamp;
  }

  next(): Message | undefined {
    const message = this.#file.messages[this.#place];
    this.#place += 1;
    return message;
  }

  back(): void {
    this.#place -= 1;
  }

  seek(positionMs: number): number {
    const { messages, keyframes } = this.#file;
    this.#place = keyframes.findLast((place) => messages[place]!.timestamp <= positionMs) ?? 0;
    return messages[this.#place]!.timestamp;
  }

  close(): void {}
}

/** A gateway in this process, whose recordings are FLV files. */
export class RecordedGateway {
  readonly gateway: Gateway;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(files: Readonly<Record<string, string>>) {
    const recordings = new Map(Object.entries(files).map(([path, file]) => [path, new FlvFile(file)]));
    const { gateway } = createGateway(DEFAULT_GATEWAY_OPTIONS, pino({ level: "silent" }));
    gateway.addPlaySource({
      find: ({ path }) => {
        const file = recordings.get(path);
        return file ? { messages: new FlvSource(file) } : "missing";
      },
      durationMs: ({ path }) => recordings.get(path)?.messages.at(-1)?.timestamp,
    });
    this.gateway = gateway;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** `files` has recordings by the paths of their streams. */
  static async start(files: Readonly<Record<string, string>>): Promise<RecordedGateway> {
    const started = new RecordedGateway(files);
    await new Promise<void>((resolve) => started.#server.listen(0, "127.0.0.1", resolve));
    return started;
  }

  get url(): string {
    return `rtmp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await this.gateway.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket.once("close", () => this.#sockets.delete(socket)));
    const peer = {
      transport: "rtmp",
      remoteAddress: "127.0.0.1",
      remotePort: socket.remotePort ?? 0,
    } as const;
    this.gateway.accept(new TcpLink(socket, peer));
  }
}
