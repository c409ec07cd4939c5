import { type Faults, Guard } from "@headgate/transport";
import type { Session, SessionObserver, StreamUse } from "./session.ts";

/** The sessions of a gateway that have connected, and who hears of them. Other processes of this server are left out. */
export class Sessions {
  readonly #byId = new Map<string, Session>();
  readonly #observers: SessionObserver[] = [];
  /** An error in an observer must not end the session that it hears of. */
  readonly #guard: Guard;

  constructor(faults: Faults) {
    this.#guard = new Guard(faults, "task", () => {});
  }

  /** In the order of their arrival. */
  get byId(): ReadonlyMap<string, Session> {
    return this.#byId;
  }

  observe(observer: SessionObserver): void {
    this.#observers.push(observer);
  }

  connected(session: Session): void {
    if (session.isInternal) return;
    this.#byId.set(session.id, session);
    this.#tell((observer) => observer.connected?.(session));
  }

  /** The session publishes or plays. */
  began(session: Session, use: StreamUse): void {
    if (session.isInternal) return;
    this.#tell((observer) =>
      use.kind === "publish" ? observer.published?.(session, use) : observer.played?.(session, use),
    );
  }

  /** It no longer does. */
  ended(session: Session, use: StreamUse): void {
    if (session.isInternal) return;
    this.#tell((observer) =>
      use.kind === "publish" ? observer.unpublished?.(session, use) : observer.stopped?.(session, use),
    );
  }

  closed(session: Session, reason: string): void {
    if (this.#byId.delete(session.id)) this.#tell((observer) => observer.closed?.(session, reason));
    // One that has not even sent `connect` has nothing to tell.
    else if (session.connect && !session.isInternal)
      this.#tell((observer) => observer.failed?.(session, reason));
  }

  #tell(what: (observer: SessionObserver) => void): void {
    for (const observer of this.#observers) this.#guard.run(() => what(observer));
  }
}
