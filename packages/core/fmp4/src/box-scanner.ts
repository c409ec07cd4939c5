import { ProtocolError } from "@headgate/bytes";
import { type BoxHeader, isPadding, readBoxHeader, TO_THE_END } from "./boxes.ts";
import { FileEnd } from "./file-end.ts";
import {
  BLOCK_BYTES,
  MAX_BOXES,
  MAX_FILE_BYTES,
  MAX_MOOF_BYTES,
  MAX_MOOV_BYTES,
  MAX_READ_BYTES,
} from "./limits.ts";

/** A `moof` with what follows it up to the next. */
export interface Fragment {
  /** The body of the `moof`. */
  readonly moof: Uint8Array;
  /** Of the `moof`. */
  readonly position: number;
  /** Where the last `mdat` behind it ends, by its header; undefined if there is none. */
  readonly dataEnd: number | undefined;
}

/** What is found in a file, in its order. */
export interface BoxSink {
  /** Each box that lies in no other, also one that is cut off. Boxes without an end have an infinite size. */
  box(type: string, position: number, size: number): void;
  /** The body of the first `moov`. */
  movie(body: Uint8Array): void;
  /** `presentEnd`: so many bytes of the file are known to be there. */
  fragment(fragment: Fragment, presentEnd: number): void;
  /** The length of the file, or of what is good of it. */
  end(length: number): void;
}

/**
 * Goes from box to box through a file, reads `moov` and `moof` whole, and finds where the file ends. A box that is cut off
 * and zeroes end it; that is how files look after a crash. Memory grows by bytes read, not by sizes told. Throws
 * MP4_LIMIT_EXCEEDED.
 */
export class BoxScanner {
  readonly #sink: BoxSink;
  /** Whether what is cut off may still come. */
  #isGrowing: boolean;
  #position = 0;
  #block: Uint8Array = NOTHING;
  #blockAt = 0;
  /** A `moov` or `moof`, as far as it has been read. */
  #gathered: { readonly header: BoxHeader; readonly box: Uint8Array; bytes: number } | undefined;
  #present = 0;
  /** Nothing is at this position. */
  #absent = MAX_FILE_BYTES;
  #boxes = 0;
  #hasMovie = false;
  #fragment: Fragment | undefined;
  #end: FileEnd | undefined;
  #wants: { readonly position: number; readonly length: number } | undefined = {
    position: 0,
    length: BLOCK_BYTES,
  };

  constructor(sink: BoxSink, isGrowing = false) {
    this.#sink = sink;
    this.#isGrowing = isGrowing;
  }

  get wants(): { readonly position: number; readonly length: number } | undefined {
    return this.#wants;
  }

  /** The file has grown, or grows no longer: wants what has come since. */
  extend(isGrowing: boolean): void {
    this.#isGrowing = isGrowing;
    if (this.#wants) return;
    this.#end = undefined;
    this.#absent = MAX_FILE_BYTES;
    this.#block = NOTHING;
    this.#want(this.#position, BLOCK_BYTES);
  }

  feed(bytes: Uint8Array): void {
    const wants = this.#wants;
    if (wants === undefined) return;
    const end = wants.position + bytes.length;
    if (bytes.length > 0) this.#present = Math.max(this.#present, end);
    if (bytes.length < wants.length) this.#absent = Math.min(this.#absent, end);
    if (this.#end) return this.#probe(bytes.length > 0);
    if (this.#gathered) this.#gather(bytes, bytes.length < wants.length);
    else {
      this.#block = bytes;
      this.#blockAt = wants.position;
    }
    if (this.#gathered) this.#readOn();
    else this.#advance();
  }

  #advance(): void {
    for (;;) {
      const at = this.#position - this.#blockAt;
      const header = at >= 0 && at < this.#block.length ? readBoxHeader(this.#block, at) : undefined;
      if (header === undefined) {
        const isCutOff = this.#position >= this.#absent || this.#absent - this.#position < 8;
        if (isCutOff || this.#hasAsked()) return this.#close();
        return this.#want(this.#position, BLOCK_BYTES);
      }
      if (isPadding(header) || header.size < header.headerBytes) return this.#close();
      this.#count(header);
      const limit = GATHERED[header.type];
      if (limit !== undefined && !(header.type === "moov" && this.#hasMovie)) {
        if (header.size > limit && header.size !== TO_THE_END) throw tooLong(header);
        if (!this.#isInBlock(at, header)) return this.#beginToGather(header, at);
        this.#take(header, this.#block.slice(at + header.headerBytes, at + header.size));
      }
      this.#skip(header);
      if (this.#position >= MAX_FILE_BYTES) return this.#close();
    }
  }

  /** Whether the block begins here, so that reading it again would not help. */
  #hasAsked(): boolean {
    return this.#blockAt === this.#position && this.#block.length > 0;
  }

  #count({ type, size }: BoxHeader): void {
    this.#boxes += 1;
    if (this.#boxes > MAX_BOXES)
      throw new ProtocolError("MP4_LIMIT_EXCEEDED", `more than ${MAX_BOXES} boxes`);
    if (type === "moof") this.#flush();
    this.#sink.box(type, this.#position, size);
    if (type === "mdat" && this.#fragment) {
      this.#fragment = { ...this.#fragment, dataEnd: this.#position + size };
    }
  }

  #isInBlock(at: number, { size }: BoxHeader): boolean {
    return at + size <= this.#block.length;
  }

  #beginToGather(header: BoxHeader, at: number): void {
    // The system gives memory only where something is written: what is not read takes none, whatever the header says.
    const box = new Uint8Array(Math.min(header.size, GATHERED[header.type]!));
    const beginning = this.#block.subarray(at);
    box.set(beginning);
    this.#gathered = { header, box, bytes: beginning.length };
    this.#readOn();
  }

  #readOn(): void {
    const { header, bytes } = this.#gathered!;
    const left = header.size - bytes;
    if (this.#position + bytes >= this.#absent) return this.#giveUp();
    this.#want(this.#position + bytes, Math.min(left, MAX_READ_BYTES));
  }

  /** A box without an end is one that ends with the file. */
  #gather(bytes: Uint8Array, isEnd: boolean): void {
    const gathered = this.#gathered!;
    const { header, box } = gathered;
    if (gathered.bytes + bytes.length > box.length) throw tooLong(header);
    box.set(bytes, gathered.bytes);
    gathered.bytes += bytes.length;
    const isWhole = gathered.bytes >= header.size || (isEnd && header.size === TO_THE_END);
    if (!isWhole) return;
    this.#gathered = undefined;
    this.#take(header, box.subarray(header.headerBytes, gathered.bytes));
    this.#skip(header);
  }

  #giveUp(): void {
    this.#gathered = undefined;
    this.#close();
  }

  #take(header: BoxHeader, body: Uint8Array): void {
    if (header.type === "moov") {
      this.#hasMovie = true;
      this.#sink.movie(body);
    } else this.#fragment = { moof: body, position: this.#position, dataEnd: undefined };
  }

  #skip({ size }: BoxHeader): void {
    this.#position = Math.min(this.#position + size, MAX_FILE_BYTES);
  }

  #flush(): void {
    const fragment = this.#fragment;
    this.#fragment = undefined;
    if (fragment) this.#sink.fragment(fragment, this.#present);
  }

  #want(position: number, length: number): void {
    this.#wants = { position, length };
  }

  /** No more boxes: what is left is to find out where the file ends, unless everything before is there. */
  #close(): void {
    const isKnown = this.#present >= this.#position;
    this.#end = new FileEnd(this.#present, isKnown ? this.#present : this.#absent);
    this.#ask(this.#end);
  }

  #probe(hasByte: boolean): void {
    const end = this.#end!;
    end.answer(hasByte);
    this.#present = Math.max(this.#present, end.length);
    this.#ask(end);
  }

  #ask(end: FileEnd): void {
    const probe = end.probe;
    if (probe !== undefined) return this.#want(probe, 1);
    this.#wants = undefined;
    this.#present = end.length;
    if (!this.#isGrowing || (this.#fragment?.dataEnd ?? Number.POSITIVE_INFINITY) <= end.length)
      this.#flush();
    this.#sink.end(end.length);
  }
}

const NOTHING = new Uint8Array(0);

/** Boxes that are read whole, and how long they may be. */
const GATHERED: Readonly<Record<string, number>> = { moov: MAX_MOOV_BYTES, moof: MAX_MOOF_BYTES };

function tooLong({ type, size }: BoxHeader): ProtocolError {
  return new ProtocolError("MP4_LIMIT_EXCEEDED", `a ${type} of ${size} bytes`);
}
