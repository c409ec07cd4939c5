import type { JSX } from "preact";
import { enter, session } from "./state/session.ts";
import { useStore } from "./state/store.ts";
import { Login } from "./views/login.tsx";
import { Shell } from "./views/shell.tsx";

/** What is shown depends on whether the server lets this page in. */
export function App(): JSX.Element {
  const state = useStore(session);
  if (state.kind === "open") return <Shell version={state.version} hasToken={state.hasToken} />;
  if (state.kind === "login") return <Login problem={state.problem} />;
  return (
    <main class="login">
      {state.kind === "checking" ? (
        <p class="quiet">Asking the server …</p>
      ) : (
        <>
          <p class="problem" role="alert">
            {state.problem}
          </p>
          <button type="button" onClick={() => enter()}>
            Try again
          </button>
        </>
      )}
    </main>
  );
}
