import { AllowedStarts } from "./allowed-starts.ts";
import { Conversation } from "./conversation.ts";
import type { Hook } from "./hook.ts";
import { OpenQuestions } from "./open-questions.ts";

/**
 * What all hooks are asked and told about one session. One program may be several hooks, each with an event of its own, so what one
 * of them has allowed concerns the others.
 */
export class SessionHooks {
  readonly questions: OpenQuestions = new OpenQuestions();
  readonly starts: AllowedStarts = new AllowedStarts();
  /** Those that have allowed `connect`. */
  readonly connected: Set<Hook> = new Set();
  /** Whether the session has ended, so that nothing more is asked about it. */
  isOver = false;
  readonly #conversations = new Map<Hook, Conversation>();

  /** Those that were asked or told something. */
  get hooks(): Iterable<Hook> {
    return this.#conversations.keys();
  }

  /** Undefined with a hook that was asked and told nothing. */
  known(hook: Hook): Conversation | undefined {
    return this.#conversations.get(hook);
  }

  conversationWith(hook: Hook): Conversation {
    const known = this.known(hook);
    if (known) return known;
    const made = new Conversation((call) => hook.tell(call), this.questions);
    this.#conversations.set(hook, made);
    return made;
  }
}
