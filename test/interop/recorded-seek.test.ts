import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeAmf0Values } from "@headgate/amf";
import { FlvDecoder, parseAudioHeader, parseVideoHeader } from "@headgate/flv";
import { FlvWriter } from "@headgate/flv-file";
import { type Message, MessageType } from "@headgate/message";
import { Random } from "@headgate/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import { areMissing, ffmpeg } from "../support/programs.ts";
import { framesIn } from "../support/recorded-files.ts";
import { SocketPeer } from "../support/socket-peer.ts";

const SEEKS = Number(process.env.HEADGATE_SEEKS ?? 300);
const DURATION_S = 120;

/** Keyframes are between one picture and eleven apart, less than a player is sent in advance. */
const KEYFRAMES = ["-force_key_frames", "expr:eq(mod(n,17),0)+eq(mod(n,11),0)"];

let films: string;
let source: string;
let server: HeadgateServer;

beforeAll(async () => {
  films = mkdtempSync(join(tmpdir(), "headgate-films-"));
  const inputs = [...picture("testsrc2", "64x64"), ...sound(), "-t", String(DURATION_S)];
  source = encoded([...inputs, ...h264(), ...KEYFRAMES, ...audio("aac")], "flv");
  const copy = ["-i", source, "-c", "copy"];
  copyFileSync(source, join(films, "film.flv"));
  copyFileSync(encoded(copy, "mp4"), join(films, "film.mp4"));
  copyFileSync(
    encoded([...copy, "-movflags", "frag_keyframe+empty_moov"], "mp4"),
    join(films, "fragments.mp4"),
  );
  server = await startHeadgate({ applications: { films: { vod: films } } });
}, 60_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
  rmSync(films, { recursive: true });
});

interface Frame {
  readonly timestamp: number;
  readonly isKeyframe: boolean;
  readonly payload: Buffer;
}

function framesOf(messages: readonly Message[]): Frame[] {
  return messages.flatMap(({ type, timestamp, payload }) => {
    if (type !== MessageType.video) return [];
    const header = parseVideoHeader(payload);
    if (header.kind !== "frames") return [];
    return [{ timestamp, isKeyframe: header.isKeyframe, payload: Buffer.from(payload) }];
  });
}

function messagesIn(file: string): Message[] {
  const decoder = new FlvDecoder();
  decoder.push(readFileSync(file));
  const messages: Message[] = [];
  for (let tag = decoder.next(); tag; tag = decoder.next()) {
    messages.push({ ...tag, timestamp: tag.timestamp >>> 0, messageStreamId: 1 });
  }
  return messages;
}

/** A player that seeks. */
class Seeker {
  readonly #peer: SocketPeer;

  constructor(name: string) {
    this.#peer = SocketPeer.dial(server.port(0));
    this.#peer.answersPings = true;
    this.#peer.connect("films");
    this.#peer.command(0, "createStream", 2, null);
    this.#peer.command(1, "play", 0, null, name, 0, -1);
  }

  /** What comes after the player was told that it is somewhere else, up to the second keyframe or the end. */
  async seek(positionMs: number): Promise<Message[]> {
    this.#peer.messages.splice(0);
    this.#peer.command(1, "seek", 0, null, positionMs);
    for (;;) {
      const messages = this.#since("NetStream.Seek.Notify");
      const keyframes = framesOf(messages).flatMap(({ isKeyframe }, index) => (isKeyframe ? [index] : []));
      const isOver = messages.some((message) => codeIn(message) === "NetStream.Play.Stop");
      if (keyframes.length > 1 || isOver) return messages;
      await once(this.#peer.socket, "data");
    }
  }

  async begin(): Promise<void> {
    while (this.#since("NetStream.Play.Start").length === 0) await once(this.#peer.socket, "data");
  }

  close(): void {
    this.#peer.close();
  }

  #since(code: string): Message[] {
    const { messages } = this.#peer;
    const at = messages.findIndex((message) => codeIn(message) === code);
    return at < 0 ? [] : messages.slice(at);
  }
}

function codeIn({ type, payload }: Message): string | undefined {
  if (type !== MessageType.commandAmf0) return undefined;
  const [name, , , info] = decodeAmf0Values(payload);
  return name === "onStatus" ? (info as { code: string }).code : undefined;
}

/** The first message of a kind. */
function firstKind(messages: readonly Message[], type: number): string | undefined {
  const first = messages.find((message) => message.type === type);
  if (!first) return undefined;
  const parse = type === MessageType.video ? parseVideoHeader : parseAudioHeader;
  return parse(first.payload).kind;
}

/** Pictures one behind the other, as they would come from an encoder. */
class Joined {
  readonly #writer = new FlvWriter({ startedMs: 0 });
  readonly #pieces: Uint8Array[] = [];
  #timestamp = 0;

  constructor(header: Message) {
    this.#writer.write({ ...header, timestamp: 0 });
  }

  add(frames: readonly Frame[]): void {
    for (const { payload } of frames) {
      this.#writer.write({
        type: MessageType.video,
        messageStreamId: 1,
        timestamp: this.#timestamp,
        payload,
      });
      this.#timestamp += 40;
    }
    this.#pieces.push(...this.#writer.take());
  }

  save(file: string): void {
    writeFileSync(file, Buffer.concat([...this.#pieces, ...this.#writer.finish().tail]));
  }
}

describe.skipIf(areMissing(ffmpeg))(`${SEEKS} random seeks`, () => {
  test.concurrent.each(["film.flv", "film.mp4", "fragments.mp4"])(
    "in %s begin with headers and the keyframe at or before, and decode to what the source decodes to",
    async (name) => {
      const all = framesOf(messagesIn(source));
      const keyframes = all.flatMap(({ isKeyframe }, index) => (isKeyframe ? [index] : []));
      const pictures = await framesIn(source, "v");
      expect(pictures.length).toBe(all.length);
      const header = messagesIn(source).find(({ type }) => type === MessageType.video)!;
      const joined = new Joined(header);
      const expected: string[] = [];
      const seeker = new Seeker(name.endsWith("mp4") ? `mp4:${name}` : name);
      await seeker.begin();
      const random = new Random(15);
      for (let count = 0; count < SEEKS; count += 1) {
        const positionMs = random.below(DURATION_S * 1_000);
        const messages = await seeker.seek(positionMs);
        const where = `${name} at ${positionMs}`;
        expect(firstKind(messages, MessageType.video), where).toBe("sequenceStart");
        expect(firstKind(messages, MessageType.audio), where).toBe("sequenceStart");
        const got = framesOf(messages);
        const place = keyframes.findLastIndex((index) => all[index]!.timestamp <= positionMs);
        const [from, to] = [keyframes[place]!, keyframes[place + 1] ?? all.length];
        expect(got[0]!.isKeyframe, where).toBe(true);
        const group = got.slice(0, to - from);
        expect(
          group.map(({ timestamp }) => timestamp),
          where,
        ).toEqual(all.slice(from, to).map(({ timestamp }) => timestamp));
        joined.add(group);
        expected.push(...pictures.slice(from, to));
      }
      seeker.close();
      const file = server.file(`${name}-seeks.flv`);
      joined.save(file);
      expect(await framesIn(file, "v")).toEqual(expected);
    },
    120_000,
  );
});
