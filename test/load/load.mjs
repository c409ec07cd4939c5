// A light load: many RTMP publishers and viewers in one process.
//
//   node load.mjs JOB.json
//
// JOB.json: { "publish": [{ "url", "file" }], "play": [{ "url", "file"? }] }. A publisher sends its FLV file in the file's own
// time; a viewer writes what it gets to an FLV file, if it has one, and otherwise only counts. Prints `ready` when the server
// has accepted everything, and when all is over, or on SIGINT, a line of JSON: { publishers, viewers, messages, bytes, ends }.
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { LightClient } from "./light-client.mjs";
import { DATA } from "./rtmp-wire.mjs";

const OPENED_AT_ONCE = 20;
const SEND_EVERY_MS = 10;
const FLV_HEADER = Buffer.from("464c5601050000000900000000", "hex");

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const publishers = (job.publish ?? []).map(({ url, file }) => ({
  url,
  tags: readTags(readFileSync(file)),
  next: 0,
}));
const viewers = (job.play ?? []).map(({ url, file }) => ({ url, file, tags: [], messages: 0, bytes: 0 }));
const ends = {};
let open = publishers.length + viewers.length;
let waiting = open;

process.once("SIGINT", report);
await openAll(viewers, startViewer);
await openAll(publishers, startPublisher);

async function openAll(sessions, start) {
  for (let at = 0; at < sessions.length; at += OPENED_AT_ONCE) {
    sessions.slice(at, at + OPENED_AT_ONCE).forEach(start);
    await sleep(100);
  }
}

function startViewer(viewer) {
  const onMedia = (type, timestamp, body) => {
    viewer.messages += 1;
    viewer.bytes += body.length;
    if (viewer.file) viewer.tags.push({ type, timestamp, body: Buffer.from(body) });
  };
  new LightClient("play", viewer.url, { onReady, onMedia, onEnd });
}

function startPublisher(publisher) {
  const events = { onReady: () => sendInTime(publisher, client), onEnd };
  const client = new LightClient("publish", publisher.url, events);
}

function sendInTime(publisher, client) {
  onReady();
  const startMs = Date.now();
  const timer = setInterval(() => {
    for (; publisher.next < publisher.tags.length; publisher.next += 1) {
      const { type, timestamp, body } = publisher.tags[publisher.next];
      if (timestamp > Date.now() - startMs) return;
      client.publish(type, timestamp, body);
    }
    clearInterval(timer);
    client.end();
  }, SEND_EVERY_MS);
}

function onReady() {
  waiting -= 1;
  if (waiting === 0) console.log("ready");
}

function onEnd(reason) {
  ends[reason] = (ends[reason] ?? 0) + 1;
  open -= 1;
  if (open === 0) report();
}

function report() {
  for (const { file, tags } of viewers)
    if (file) writeFileSync(file, Buffer.concat([FLV_HEADER, ...tags.flatMap(encodeTag)]));
  const [messages, bytes] = ["messages", "bytes"].map((key) =>
    viewers.reduce((sum, viewer) => sum + viewer[key], 0),
  );
  console.log(
    JSON.stringify({ publishers: publishers.length, viewers: viewers.length, messages, bytes, ends }),
  );
  process.exit(0);
}

function readTags(flv) {
  const tags = [];
  for (let at = FLV_HEADER.length; at + 11 <= flv.length; ) {
    const length = flv.readUIntBE(at + 1, 3);
    const body = flv.subarray(at + 11, at + 11 + length);
    const timestamp = (flv.readUIntBE(at + 4, 3) | (flv[at + 7] << 24)) >>> 0;
    // Encoders have servers keep the metadata for those who come later (`@setDataFrame`).
    const setDataFrame = flv[at] === DATA ? [Buffer.from("02000d40736574446174614672616d65", "hex")] : [];
    tags.push({ type: flv[at], timestamp, body: Buffer.concat([...setDataFrame, body]) });
    at += 11 + length + 4;
  }
  return tags;
}

function encodeTag({ type, timestamp, body }) {
  const header = Buffer.alloc(11);
  header[0] = type;
  header.writeUIntBE(body.length, 1, 3);
  header.writeUIntBE(timestamp & 0xffffff, 4, 3);
  header[7] = timestamp >>> 24;
  const size = Buffer.alloc(4);
  size.writeUInt32BE(11 + body.length);
  return [header, body, size];
}
