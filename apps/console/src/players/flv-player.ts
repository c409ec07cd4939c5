import mpegts from "mpegts.js";
import type { OpenPlayer } from "./player.ts";

/** A stream as FLV over a WebSocket. */
export const openPlayer: OpenPlayer = (video, url, onProblem) => {
  mpegts.LoggingControl.enableAll = false;
  const player = mpegts.createPlayer(
    { type: "flv", isLive: true, url },
    {
      enableStashBuffer: false,
      autoCleanupSourceBuffer: true,
      liveSync: true,
      liveSyncTargetLatency: 0.5,
      liveSyncMaxLatency: 0.9,
    },
  );
  let hasFailed = false;
  player.on(mpegts.Events.ERROR, (type: string, detail: string) => {
    hasFailed = true;
    onProblem(
      type === mpegts.ErrorTypes.NETWORK_ERROR
        ? `${url} cannot be reached, or the server does not send the stream there.`
        : `This browser cannot play it: ${detail}.`,
    );
  });
  // A connection that has failed is closed as well.
  player.on(mpegts.Events.LOADING_COMPLETE, () => hasFailed || onProblem("The stream has ended."));
  player.attachMediaElement(video);
  player.load();
  return { destroy: () => player.destroy() };
};
