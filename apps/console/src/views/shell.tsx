import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { news } from "../state/actions.ts";
import { useKeys } from "../state/keys.ts";
import { go, hashOf, type Route, route, VIEWS } from "../state/route.ts";
import { leave } from "../state/session.ts";
import { useStore } from "../state/store.ts";
import { theme, toggleTheme } from "../state/theme.ts";
import { ActionDialog } from "../widgets/action-dialog.tsx";
import { Bans } from "./bans.tsx";
import { Configuration } from "./configuration.tsx";
import { Help } from "./help.tsx";
import { Log } from "./log.tsx";
import { Overview } from "./overview.tsx";
import { Recordings } from "./recordings.tsx";
import { Relays } from "./relays.tsx";
import { Sessions } from "./sessions.tsx";
import { StreamPage } from "./stream.tsx";
import { Streams } from "./streams.tsx";
import { Tunnels } from "./tunnels.tsx";

interface Props {
  readonly version: string;
  readonly hasToken: boolean;
}

/** The menu, and the view that the address names. */
export function Shell({ version, hasToken }: Props): JSX.Element {
  const at = useStore(route);
  const colours = useStore(theme);
  const [isHelping, setHelping] = useState(false);
  const menu = useRef<HTMLElement>(null);
  // On a phone the menu is a strip of which a part can be seen.
  useEffect(() => {
    const current = menu.current?.querySelector("[aria-current]");
    current?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [at.view]);
  useKeys({
    ...Object.fromEntries(VIEWS.map((view, index) => [String(index + 1), () => go(view)])),
    t: toggleTheme,
    "?": () => setHelping(true),
    Escape: () => at.of !== "" && go(at.view),
  });
  return (
    <div class="shell">
      <nav aria-label="Views" ref={menu}>
        <a class="brand" href={hashOf("overview")}>
          <span class="mark" aria-hidden="true" />
          Headgate
        </a>
        <ul>
          {VIEWS.map((view, index) => (
            <li key={view}>
              <a href={hashOf(view)} aria-current={view === at.view ? "page" : undefined}>
                <span>{titleOf(view)}</span>
                <kbd>{index + 1}</kbd>
              </a>
            </li>
          ))}
        </ul>
        <div class="foot">
          <span class="quiet version">{version}</span>
          <button type="button" class="plain" onClick={toggleTheme} title="Dark or light (t)">
            {colours === "dark" ? "Light" : "Dark"}
          </button>
          <button type="button" class="plain" onClick={() => setHelping(true)} title="Keys (?)">
            Keys
          </button>
          {hasToken && (
            <button type="button" class="plain" onClick={() => leave()}>
              Log out
            </button>
          )}
        </div>
      </nav>
      <main>
        <News />
        <View at={at} />
      </main>
      <ActionDialog />
      {isHelping && <Help onClose={() => setHelping(false)} />}
    </div>
  );
}

function View({ at: { view, of } }: { readonly at: Route }): JSX.Element {
  switch (view) {
    case "overview":
      return <Overview />;
    case "streams":
      return of === "" ? <Streams /> : <StreamPage key={of} path={of} />;
    case "sessions":
      return <Sessions />;
    case "tunnels":
      return <Tunnels />;
    case "relays":
      return <Relays />;
    case "recordings":
      return <Recordings stream={of} />;
    case "bans":
      return <Bans />;
    case "configuration":
      return <Configuration />;
    case "log":
      return <Log />;
  }
}

function News(): JSX.Element {
  const text = useStore(news);
  return (
    <p class={`news ${text === "" ? "" : "shown"}`} role="status">
      {text}
      {text !== "" && (
        <button type="button" class="plain close" aria-label="Close" onClick={() => news.set("")}>
          ×
        </button>
      )}
    </p>
  );
}

function titleOf(view: string): string {
  return view.charAt(0).toUpperCase() + view.slice(1);
}
