import Hls from "hls.js/light";
import type { OpenPlayer } from "./player.ts";

/** A stream as Low-Latency HLS. */
export const openPlayer: OpenPlayer = (video, url, onProblem) => {
  const hls = new Hls({ lowLatencyMode: true, backBufferLength: 10, enableWorker: false });
  hls.on(Hls.Events.ERROR, (_, { fatal, type, details, response }) => {
    if (!fatal) return;
    onProblem(
      type === Hls.ErrorTypes.NETWORK_ERROR
        ? `${url} cannot be reached, or the server does not send the stream there${response?.code ? ` (${response.code})` : ""}.`
        : `This browser cannot play it: ${details}.`,
    );
  });
  hls.loadSource(url);
  hls.attachMedia(video);
  return { destroy: () => hls.destroy() };
};
