import { encodeAmf0Values } from "@headgate/amf";
import { DEFAULT_APPLICATION_OPTIONS, type MessageCursor, type MessageSource } from "@headgate/bus";
import { readConfiguration } from "@headgate/config";
import {
  createGateway,
  DEFAULT_GATEWAY_OPTIONS,
  type Flushable,
  type Found,
  type Gateway,
  LATENCY_FIRST,
  type Publication,
  type Subscription,
} from "@headgate/gateway";
import { type Message, MessageType } from "@headgate/message";
import { pino } from "pino";
import { APPLICATIONS } from "./applications.test.helper.ts";
import type { ApplicationPlaylists } from "./config.ts";
import { Playlists } from "./playlists.ts";

export const FRAME_MS = 40;
const KEYFRAMES_MS = 1_000;

/** As they are written below `applications.tv`. */
export type WrittenPlaylists = Readonly<Record<string, unknown>>;

function applicationsOf(playlists: WrittenPlaylists): ReadonlyMap<string, ApplicationPlaylists> {
  const content = JSON.stringify({ applications: { tv: { playlists } } });
  const { options, problems } = readConfiguration(
    { applications: APPLICATIONS },
    { name: "f", content },
    {},
    () => [],
  );
  if (!options) throw new Error(problems.join("\n"));
  return options.applications;
}

/** What a viewer of the playlist got: `video 1000 key film 0`, or its headers. */
export class Watching implements Flushable {
  lastPass = 0;
  isWoken = false;
  readonly turnKey = "viewer";
  readonly lines: string[] = [];
  /** When each line came. */
  readonly times: number[] = [];
  readonly #subscription: Subscription<MessageCursor>;

  constructor(gateway: Gateway, name = "channel") {
    const outcome = gateway.read({ application: "tv", name }, this);
    if (typeof outcome === "string") throw new Error(outcome);
    this.#subscription = outcome;
  }

  flush(): void {
    const nowMs = performance.now();
    for (let entry = this.#subscription.playback.next(nowMs); entry; ) {
      this.lines.push(readable(entry.message));
      this.times.push(nowMs);
      entry = this.#subscription.playback.next(nowMs);
    }
  }

  fail(error: unknown): void {
    throw error;
  }

  /** The frames of a medium: their timestamps and what they are of. */
  frames(medium: "video" | "audio"): readonly (readonly [timestamp: number, of: string])[] {
    return this.lines.flatMap((line) => {
      const [kind, timestamp, ...of] = line.split(" ");
      return kind === medium && of[0] !== "header" ? [[Number(timestamp), of.join(" ")] as const] : [];
    });
  }

  /** The names of what it was shown, each once in a row. */
  get shown(): readonly string[] {
    const names = this.frames("video").map(([, of]) => of.split(" ")[1]!);
    return names.filter((name, index) => name !== names[index - 1]);
  }

  leave(): void {
    this.#subscription.leave();
  }
}

export interface TestFileOptions {
  readonly durationMs: number;
  readonly codec?: number;
  readonly hasSound?: boolean;
  /** From where on its bytes cannot be read, or do not come. */
  readonly failsAt?: { readonly atMs: number; readonly how: "later" | undefined };
}

/** A file in memory, with a keyframe each second and 25 pictures in it. */
export class TestFile implements MessageSource {
  readonly hasVideo = true;
  isGrowing = false;
  isClosed = false;
  readonly #failsAt: TestFileOptions["failsAt"];
  onReady: () => void = () => {};
  readonly durationMs: number;
  readonly headers: readonly Message[];
  readonly #messages: readonly Message[];
  #place = 0;

  constructor(name: string, { durationMs, codec = 7, hasSound = true, failsAt }: TestFileOptions) {
    this.durationMs = durationMs;
    this.#failsAt = failsAt;
    this.#messages = framesOf(name, durationMs, codec, hasSound);
    this.headers = headersOf(name, codec, hasSound, { duration: durationMs / 1_000, title: name });
  }

  get nextMs(): number | undefined {
    return this.#messages[this.#place]?.timestamp;
  }

  next(): Message | "later" | undefined {
    const message = this.#messages[this.#place];
    if (this.#failsAt && message && message.timestamp >= this.#failsAt.atMs) return this.#failsAt.how;
    if (message) this.#place += 1;
    return message;
  }

  back(): void {
    this.#place -= 1;
  }

  seek(positionMs: number): number {
    const keyframeMs = Math.floor(Math.min(positionMs, this.durationMs - 1) / KEYFRAMES_MS) * KEYFRAMES_MS;
    this.#place = this.#messages.findIndex(({ timestamp }) => timestamp >= keyframeMs);
    return keyframeMs;
  }

  close(): void {
    this.isClosed = true;
  }
}

function framesOf(name: string, durationMs: number, codec: number, hasSound: boolean): readonly Message[] {
  const messages: Message[] = [];
  for (let timestamp = 0; timestamp < durationMs; timestamp += FRAME_MS)
    messages.push(...frameAt(name, timestamp, codec, hasSound));
  return messages;
}

function frameAt(name: string, timestamp: number, codec = 7, hasSound = true): readonly Message[] {
  const isKey = timestamp % KEYFRAMES_MS === 0;
  const text = ` ${isKey ? "key" : "inter"} ${name} ${timestamp}`;
  const picture = message(MessageType.video, timestamp, [(isKey ? 0x10 : 0x20) | codec, 1, 0, 0, 0], text);
  const sound = message(MessageType.audio, timestamp, [0xaf, 1], ` sound ${name} ${timestamp}`);
  return hasSound ? [picture, sound] : [picture];
}

function headersOf(
  name: string,
  codec: number,
  hasSound: boolean,
  metadata: Record<string, string | number>,
): readonly Message[] {
  return [
    {
      type: MessageType.dataAmf0,
      timestamp: 0,
      messageStreamId: 0,
      payload: encodeAmf0Values(["onMetaData", metadata]),
    },
    ...(codec === 7 ? [message(MessageType.video, 0, [0x17, 0, 0, 0, 0], ` header ${name}`)] : []),
    ...(hasSound ? [message(MessageType.audio, 0, [0xaf, 0], ` header ${name}`)] : []),
  ];
}

function message(type: number, timestamp: number, head: readonly number[], text: string): Message {
  return {
    type,
    timestamp,
    messageStreamId: 0,
    payload: Uint8Array.from([...head, ...new TextEncoder().encode(text)]),
  };
}

function readable({ type, timestamp, payload }: Message): string {
  const text = new TextDecoder("latin1").decode(payload);
  if (type === MessageType.dataAmf0) return `data ${timestamp} ${text.replace(/[^ -~]+/g, " ").trim()}`;
  return `${type === MessageType.video ? "video" : "audio"} ${timestamp}${text.slice(text.indexOf(" "))}`;
}

/** What of vitest it takes to have time pass only when told to. */
interface Clock {
  advanceTimersByTimeAsync(ms: number): Promise<unknown>;
}

/** A gateway with playlists in memory; time passes only when told to. */
export class TestTelevision {
  readonly gateway: Gateway;
  readonly playlists: Playlists;
  readonly log: { readonly msg: string; readonly [field: string]: unknown }[] = [];
  /** By name as it is written, without its format. */
  readonly files: Map<string, TestFileOptions> = new Map();
  readonly opened: { readonly name: string; readonly atMs: number; readonly file: TestFile }[] = [];
  /** How long it takes to open a file. Milliseconds. */
  openingMs = 0;
  readonly #clock: Clock;

  constructor(
    clock: Clock,
    playlists: WrittenPlaylists,
    {
      publisherPolicy = "reject",
      isPublisher = true,
    }: { publisherPolicy?: "reject" | "takeover"; isPublisher?: boolean } = {},
  ) {
    this.#clock = clock;
    const log = pino({ level: "debug" }, { write: (line: string) => this.log.push(JSON.parse(line)) });
    const application = { ...DEFAULT_APPLICATION_OPTIONS, publisherPolicy };
    const applications = new Map([
      ["tv", application],
      ["other", application],
    ]);
    const options = { ...DEFAULT_GATEWAY_OPTIONS, applications, merge: LATENCY_FIRST };
    const { gateway, driverContext } = createGateway(options, log);
    this.gateway = gateway;
    gateway.addPlaySource({ find: ({ application: at, name }) => this.#find(at, name) });
    this.playlists = new Playlists({
      gateway,
      applications: applicationsOf(playlists),
      isPublisher,
      log,
      now: driverContext.now,
    });
    gateway.addPolicy(this.playlists.policy);
  }

  reconfigure(playlists: WrittenPlaylists): void {
    this.playlists.reconfigure(applicationsOf(playlists));
  }

  async pass(ms: number): Promise<void> {
    await this.#clock.advanceTimersByTimeAsync(ms);
  }

  /** The codes of warnings. */
  get warnings(): readonly unknown[] {
    return this.log.filter(({ level }) => level === 40).map(({ code }) => code);
  }

  /** Publishes a live stream until the returned function is called. Its timestamps begin at an odd number. */
  publish(name: string, application = "tv"): () => void {
    const publication = this.gateway.publish({ application, name });
    if (typeof publication === "string") throw new Error(publication);
    for (const header of headersOf(name, 7, true, { encoder: "test" })) send(publication, header);
    let timestamp = 0;
    const timer = setInterval(() => {
      for (const frame of frameAt(name, timestamp))
        send(publication, { ...frame, timestamp: frame.timestamp + 777_777 });
      timestamp += FRAME_MS;
    }, FRAME_MS);
    return () => {
      clearInterval(timer);
      publication.end("final");
    };
  }

  async #find(application: string, name: string): Promise<Found> {
    const options = this.files.get(name);
    if (this.openingMs > 0) await new Promise((resolve) => setTimeout(resolve, this.openingMs));
    if (!options || application !== "tv") return "missing";
    const file = new TestFile(name, options);
    this.opened.push({ name, atMs: performance.now(), file });
    return { messages: file };
  }
}

function send(publication: Publication, each: Message): void {
  if (each.type === MessageType.dataAmf0) publication.data(each, "onMetaData");
  else publication.media(each);
}
