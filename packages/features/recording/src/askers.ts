import type { Stream } from "@headgate/bus";
import type { RecordingNews, Session, SessionObserver, StreamUse } from "@headgate/gateway";

interface Asker {
  readonly session: Session;
  readonly use: StreamUse;
}

/** The publishers that have asked for their recordings, and are told what becomes of them. Others would not know what it means. */
export class Askers implements SessionObserver {
  readonly #byStream = new Map<Stream, Asker>();
  readonly #isRecorded: (stream: Stream) => boolean;

  constructor(isRecorded: (stream: Stream) => boolean) {
    this.#isRecorded = isRecorded;
  }

  published(session: Session, use: StreamUse): void {
    const { stream, type = "live" } = use;
    if (!stream || type === "live") return;
    this.#byStream.set(stream, { session, use });
    if (this.#isRecorded(stream)) session.tellRecording(use, "begun");
  }

  /** The publisher has been told already. */
  unpublished(_: Session, use: StreamUse): void {
    if (use.stream && this.#byStream.get(use.stream)?.use === use) this.#byStream.delete(use.stream);
  }

  tell(stream: Stream, news: RecordingNews): void {
    const asker = this.#byStream.get(stream);
    asker?.session.tellRecording(asker.use, news);
  }
}
