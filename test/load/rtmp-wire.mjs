// The least of RTMP that a light client needs, written for the load tests alone: what measures the server must not share
// its code. Section numbers are those of the RTMP 1.0 specification.

export const SET_CHUNK_SIZE = 1;
export const ACKNOWLEDGEMENT = 3;
export const USER_CONTROL = 4;
export const WINDOW_SIZE = 5;
export const AUDIO = 8;
export const VIDEO = 9;
export const DATA = 18;
export const COMMAND = 20;

/** Chunks in, messages { type, timestamp, body } out (5.3.1). */
export class ChunkReader {
  #chunkSize = 128;
  #input = Buffer.alloc(0);
  #streams = new Map();

  *read(bytes) {
    this.#input = this.#input.length > 0 ? Buffer.concat([this.#input, bytes]) : bytes;
    for (let header = this.#header(); header; header = this.#header()) {
      const stream = this.#streams.get(header.id) ?? { timestamp: 0, delta: 0, parts: [], missing: 0 };
      const isFirst = stream.missing === 0;
      const length = header.length ?? stream.length;
      const take = Math.min(this.#chunkSize, isFirst ? length : stream.missing);
      if (header.size + take > this.#input.length) return;
      if (isFirst) startMessage(stream, header);
      this.#streams.set(header.id, stream);
      stream.parts.push(this.#input.subarray(header.size, header.size + take));
      stream.missing -= take;
      this.#input = this.#input.subarray(header.size + take);
      if (stream.missing === 0) yield this.#complete(stream);
    }
  }

  /** The header at the beginning of the input (5.3.1.1 to 5.3.1.3); undefined: not all there yet. */
  #header() {
    const input = this.#input;
    if (input.length === 0) return undefined;
    const format = input[0] >> 6;
    const low = input[0] & 63;
    const basic = low === 0 ? 2 : low === 1 ? 3 : 1;
    const size = basic + [11, 7, 3, 0][format];
    if (input.length < size) return undefined;
    const id = low === 0 ? 64 + input[1] : low === 1 ? 64 + input.readUInt16LE(1) : low;
    const known = this.#streams.get(id);
    const header = { id, format, size, length: known?.length, type: known?.type, time: known?.time };
    header.isExtended = format === 3 ? known?.isExtended : input.readUIntBE(basic, 3) === 0xffffff;
    if (format < 3) header.time = input.readUIntBE(basic, 3);
    if (format < 2) [header.length, header.type] = [input.readUIntBE(basic + 3, 3), input[basic + 6]];
    if (!header.isExtended) return header;
    if (input.length < size + 4) return undefined;
    return { ...header, time: input.readUInt32BE(size), size: size + 4 };
  }

  #complete(stream) {
    const body = stream.parts.length === 1 ? stream.parts[0] : Buffer.concat(stream.parts);
    stream.parts = [];
    if (stream.type === SET_CHUNK_SIZE) this.#chunkSize = body.readUInt32BE(0);
    return { type: stream.type, timestamp: stream.timestamp, body };
  }
}

function startMessage(stream, { format, length, type, time, isExtended }) {
  Object.assign(stream, { length, type, time, isExtended, missing: length });
  stream.timestamp = format === 0 ? time : (stream.timestamp + time) >>> 0;
}

/** A message as one type 0 chunk and as many type 3 chunks as it takes. */
export function encodeMessage({ type, timestamp = 0, streamId = 0, chunkStreamId, body }, chunkSize) {
  const isExtended = timestamp >= 0xffffff;
  const header = Buffer.alloc(isExtended ? 16 : 12);
  header[0] = chunkStreamId;
  header.writeUIntBE(isExtended ? 0xffffff : timestamp, 1, 3);
  header.writeUIntBE(body.length, 4, 3);
  header[7] = type;
  header.writeUInt32LE(streamId, 8);
  if (isExtended) header.writeUInt32BE(timestamp, 12);
  const parts = [header, body.subarray(0, chunkSize)];
  const next = Buffer.concat([Buffer.of(0xc0 | chunkStreamId), header.subarray(12)]);
  for (let at = chunkSize; at < body.length; at += chunkSize)
    parts.push(next, body.subarray(at, at + chunkSize));
  return Buffer.concat(parts);
}

/** A command message's body in AMF0: strings, numbers, null and objects of strings. */
export function encodeCommand(...values) {
  return Buffer.concat(values.map(encodeValue));
}

function encodeValue(value) {
  if (value === null) return Buffer.of(5);
  if (typeof value === "string") return Buffer.concat([Buffer.of(2), shortString(value)]);
  if (typeof value === "number") {
    const bytes = Buffer.alloc(9);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  const fields = Object.entries(value).flatMap(([name, field]) => [shortString(name), encodeValue(field)]);
  return Buffer.concat([Buffer.of(3), ...fields, Buffer.of(0, 0, 9)]);
}

function shortString(text) {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes]);
}

/** As much of a reply as a light client has to know: its name, and the number at its end if there is one. */
export function readReply(body) {
  const length = body.readUInt16BE(1);
  const name = body.toString("latin1", 3, 3 + length);
  const endsWithNumber = body.length > length + 12 && body[body.length - 9] === 0;
  return {
    name,
    text: body.toString("latin1"),
    number: endsWithNumber ? body.readDoubleBE(body.length - 8) : 0,
  };
}
