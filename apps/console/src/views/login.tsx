import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { enter } from "../state/session.ts";

/** Asks for a token of the admin server. */
export function Login({ problem }: { readonly problem: string | undefined }): JSX.Element {
  const [isAsking, setAsking] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setAsking(true);
    await enter(String(form.get("token")).trim());
    setAsking(false);
  };
  return (
    <main class="login">
      <h1>
        <span class="mark" aria-hidden="true" />
        Headgate
      </h1>
      <form onSubmit={submit}>
        <label class="field">
          <span>Admin token</span>
          <input name="token" type="password" required autocomplete="off" spellcheck={false} autofocus />
        </label>
        {problem !== undefined && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="main" disabled={isAsking}>
          Log in
        </button>
      </form>
      <p class="quiet">
        <code>headgate token NAME</code> makes a token. It is kept in the memory of this page alone, and is
        asked for again when the page is loaded again.
      </p>
    </main>
  );
}
