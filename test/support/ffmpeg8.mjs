// FFmpeg 8.1 as a command line. Debian's ffmpeg 5.1 knows nothing of Enhanced RTMP; npm has a newer FFmpeg, but only as a
// library (node-av), so this is the least program around it. Plain JavaScript, because Node 20 has to run it as it is.
//
//   node ffmpeg8.mjs version
//   node ffmpeg8.mjs remux INPUT OUTPUT     like ffmpeg -i INPUT -c copy -f flv OUTPUT
//   node ffmpeg8.mjs publish INPUT URL      the same with -re: in the input's own time
//   node ffmpeg8.mjs publish-bare INPUT URL the same with -flvflags no_metadata
//   node ffmpeg8.mjs packets INPUT          like ffprobe -show_streams -show_packets -show_data_hash md5 -of compact
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

// node-av uses it at import; Node has it from version 22 on.
Promise.withResolvers ??= () => {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
};
const av = await import("node-av/lib");

const [command, input, output] = process.argv.slice(2);
if (command === "version") console.log(av.getFFmpegInfo().version.replace(/^n/, ""));
else if (command === "remux") await remux({ realTime: false });
else if (command === "publish") await remux({ realTime: true });
else if (command === "publish-bare") await remux({ realTime: true, flags: "no_metadata" });
else if (command === "packets") await listPackets();
else throw new Error(`unknown command ${command}`);

// What is not known while a stream is live stays out of a file, too.
async function remux({ realTime, flags = "no_duration_filesize" }) {
  const source = await openInput();
  const target = new av.FormatContext();
  check(target.allocOutputContext2(null, "flv", output), "make an FLV output");
  for (const { codecpar, timeBase } of source.streams) {
    const stream = target.newStream(null);
    check(codecpar.copy(stream.codecpar), "copy the codec parameters");
    stream.codecpar.codecTag = 0;
    stream.timeBase = timeBase;
  }
  check(await target.openOutput(), `open ${output}`);
  const options = av.Dictionary.fromObject({ flvflags: flags });
  check(await target.writeHeader(options), "write the header");
  const startMs = Date.now();
  for await (const packet of packetsOf(source)) {
    const { timeBase } = source.streams[packet.streamIndex];
    if (realTime) await sleep(startMs + milliseconds(packet.dts, timeBase) - Date.now());
    packet.rescaleTs(timeBase, target.streams[packet.streamIndex].timeBase);
    check(await target.interleavedWriteFrame(packet), "write a packet");
  }
  check(await target.writeTrailer(), "write the trailer");
  await target.closeOutput();
}

async function listPackets() {
  const source = await openInput();
  for (const { index, codecpar } of source.streams) {
    const codec = `codec_name=${av.avGetCodecName(codecpar.codecId)}|codec_type=${av.avGetMediaTypeString(codecpar.codecType)}`;
    const extradata = codecpar.extradata ? `|extradata_hash=${md5(codecpar.extradata)}` : "";
    console.log(`stream|index=${index}|${codec}${extradata}`);
  }
  for await (const packet of packetsOf(source)) {
    const { timeBase } = source.streams[packet.streamIndex];
    const [dts, pts] = [packet.dts, packet.pts].map((time) => milliseconds(time, timeBase));
    const flags = packet.isKeyframe ? "K_" : "__";
    const hash = md5(packet.data ?? Buffer.alloc(0));
    console.log(
      `packet|stream_index=${packet.streamIndex}|pts=${pts}|dts=${dts}|flags=${flags}|data_hash=${hash}`,
    );
  }
}

async function openInput() {
  const source = new av.FormatContext();
  check(await source.openInput(input, null, null), `open ${input}`);
  check(await source.findStreamInfo(), "find the streams");
  return source;
}

async function* packetsOf(source) {
  const packet = new av.Packet();
  packet.alloc();
  while ((await source.readFrame(packet)) >= 0) {
    yield packet;
    packet.unref();
  }
}

function milliseconds(time, timeBase) {
  return (Number(time) * 1000 * timeBase.num) / timeBase.den;
}

function md5(bytes) {
  return `MD5:${createHash("md5").update(bytes).digest("hex")}`;
}

function check(result, what) {
  av.FFmpegError.throwIfError(result, `FFmpeg could not ${what}`);
}
