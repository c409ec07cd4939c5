import { connect } from "node:net";
import {
  ACKNOWLEDGEMENT,
  AUDIO,
  ChunkReader,
  COMMAND,
  DATA,
  encodeCommand,
  encodeMessage,
  readReply,
  SET_CHUNK_SIZE,
  USER_CONTROL,
  VIDEO,
  WINDOW_SIZE,
} from "./rtmp-wire.mjs";

const HANDSHAKE_REPLY = 1 + 2 * 1536;
const CHUNK_SIZE = 65_536;
const STARTED = /NetStream\.(Play|Publish)\.Start/;
const OVER = /NetStream\.(Play\.UnpublishNotify|Play\.Stop|[\w.]*(BadName|Failed|StreamNotFound|Denied))/;

/**
 * One RTMP connection that publishes or plays one stream. `onReady` is called once the server has accepted that, `onMedia`
 * with each audio, video and data message, `onEnd` with the reason when it is over.
 */
export class LightClient {
  #socket;
  #reader = new ChunkReader();
  #handshake = Buffer.alloc(0);
  #isHandshaken = false;
  #verb;
  #url;
  #events;
  #window = Infinity;
  #received = 0;
  #acknowledged = 0;
  #reason = "closed";

  constructor(verb, url, events) {
    this.#verb = verb;
    this.#url = new URL(url);
    this.#events = events;
    this.#socket = connect(Number(this.#url.port), this.#url.hostname, () => this.#greet());
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (bytes) => this.#receive(bytes));
    this.#socket.on("error", (error) => (this.#reason = error.message));
    this.#socket.on("close", () => events.onEnd(this.#reason));
  }

  /** A server that has said goodbye gets no answer: the socket ends with it. */
  #write(bytes) {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** Sends one message on the published stream. */
  publish(type, timestamp, body) {
    const chunkStreamId = { [AUDIO]: 4, [VIDEO]: 6, [DATA]: 5 }[type];
    this.#write(encodeMessage({ type, timestamp, streamId: 1, chunkStreamId, body }, CHUNK_SIZE));
  }

  end() {
    this.#command(0, "deleteStream", 0, null, 1);
    this.#socket.end();
  }

  #greet() {
    const hello = Buffer.alloc(1537);
    hello[0] = 3;
    this.#write(hello);
  }

  #receive(bytes) {
    if (this.#isHandshaken) return this.#receiveChunks(bytes);
    this.#handshake = Buffer.concat([this.#handshake, bytes]);
    if (this.#handshake.length < HANDSHAKE_REPLY) return;
    this.#isHandshaken = true;
    this.#write(this.#handshake.subarray(1, 1537));
    this.#connect();
    this.#receiveChunks(this.#handshake.subarray(HANDSHAKE_REPLY));
  }

  #connect() {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(CHUNK_SIZE);
    this.#write(encodeMessage({ type: SET_CHUNK_SIZE, chunkStreamId: 2, body: size }, 128));
    const app = this.#url.pathname.split("/")[1];
    this.#command(0, "connect", 1, { app, tcUrl: `rtmp://${this.#url.host}/${app}`, flashVer: "light" });
  }

  #receiveChunks(bytes) {
    this.#received += bytes.length;
    for (const message of this.#reader.read(bytes)) this.#handle(message);
    if (this.#received - this.#acknowledged < this.#window / 2) return;
    this.#acknowledged = this.#received;
    this.#control(ACKNOWLEDGEMENT, this.#received % 2 ** 32);
  }

  #handle({ type, timestamp, body }) {
    if (type === AUDIO || type === VIDEO || type === DATA) this.#events.onMedia?.(type, timestamp, body);
    else if (type === WINDOW_SIZE) this.#window = body.readUInt32BE(0);
    else if (type === COMMAND) this.#handleReply(readReply(body));
    else if (type === USER_CONTROL && body.readUInt16BE(0) === 6) this.#answerPing(body);
  }

  #handleReply({ name, text, number }) {
    if (name === "_result" && text.includes("NetConnection.Connect.Success")) {
      this.#command(0, "createStream", 2, null);
    } else if (name === "_result") {
      this.#command(number, this.#verb, 0, null, this.#url.pathname.split("/")[2]);
    } else if (name === "onStatus" && STARTED.test(text)) {
      this.#events.onReady?.();
    } else if (name === "_error" || OVER.test(text)) {
      this.#reason = OVER.exec(text)?.[0] ?? "refused";
      this.#socket.end();
    }
  }

  #answerPing(body) {
    const answer = Buffer.from(body);
    answer.writeUInt16BE(7);
    this.#write(encodeMessage({ type: USER_CONTROL, chunkStreamId: 2, body: answer }, CHUNK_SIZE));
  }

  #control(type, value) {
    const body = Buffer.alloc(4);
    body.writeUInt32BE(value);
    this.#write(encodeMessage({ type, chunkStreamId: 2, body }, CHUNK_SIZE));
  }

  #command(streamId, ...values) {
    const body = encodeCommand(...values);
    this.#write(encodeMessage({ type: COMMAND, streamId, chunkStreamId: 3, body }, CHUNK_SIZE));
  }
}
