import type { NetConnection, SessionEvent } from "@headgate/session";

/** Grants all requests of a client. */
export function grant(event: SessionEvent, session: NetConnection): void {
  switch (event.kind) {
    case "connectRequested":
      return session.acceptConnect();
    case "publishRequested":
      return session.netStream(event.netStreamId)?.acceptPublish();
    case "playRequested":
      return session
        .netStream(event.netStreamId)
        ?.acceptPlay({ isRecorded: typeof event.request.start === "number" });
    case "switchRequested":
      return session.netStream(event.netStreamId)?.acceptSwitch(event.request.stream.name, false);
    case "seekRequested":
      return session.netStream(event.netStreamId)?.acceptSeek(event.positionMs);
    case "pauseRequested":
      return session.netStream(event.netStreamId)?.acceptPause(event.paused);
    case "receiveRequested":
      return session.netStream(event.netStreamId)?.acceptReceive(event.media, event.enabled);
    case "recordingInfoRequested":
      return session.answerRecordingInfo(event.transactionId, event.stream.name, undefined, 0);
    case "streamLengthRequested":
      return session.answerStreamLength(event.transactionId, 0);
  }
}
