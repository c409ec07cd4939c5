import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type ApiError, ask } from "../api/ask.ts";
import type { Change } from "../api/replies.ts";
import { askFor } from "../state/actions.ts";
import { usePolled } from "../state/polled.ts";
import { count } from "../text/format.ts";
import { yaml } from "../text/yaml.ts";
import { Filter } from "../widgets/filter.tsx";
import { Page } from "../widgets/page.tsx";

interface Outcome {
  readonly changes?: readonly Change[];
  readonly problems?: readonly string[];
}

/** What is in force, and having the file read again. */
export function Configuration(): JSX.Element {
  const { reply, problem, again } = usePolled<{ config: unknown }>("config", 30_000);
  const [filter, setFilter] = useState("");
  const [outcome, setOutcome] = useState<Outcome>();
  const lines = reply ? yaml(reply.config).trimEnd().split("\n") : [];
  const wanted = filter.toLowerCase();
  const found = lines.filter((line) => wanted !== "" && line.toLowerCase().includes(wanted)).length;
  const reload = async (): Promise<void> => {
    try {
      setOutcome(await ask<Outcome>("reload", { method: "POST" }));
      again();
    } catch (error) {
      const { message, problems = [] } = error as ApiError;
      setOutcome({ problems: problems.length > 0 ? problems : [message] });
    }
  };
  return (
    <Page
      title="Configuration"
      problem={problem}
      tools={
        <>
          {wanted !== "" && <span class="quiet">{count(found)} lines</span>}
          <Filter value={filter} onChange={setFilter} label="Key or value" />
          <button type="button" class="main" onClick={reload}>
            Reload
          </button>
          <button type="button" class="dangerous" onClick={askToDrain}>
            Drain
          </button>
        </>
      }
      scrolls
    >
      {outcome && <ReloadOutcome outcome={outcome} />}
      <pre class="yaml">
        {lines.map((line, index) => (
          <Line key={index} line={line} isFound={wanted !== "" && line.toLowerCase().includes(wanted)} />
        ))}
      </pre>
    </Page>
  );
}

function Line({ line, isFound }: { readonly line: string; readonly isFound: boolean }): JSX.Element {
  const [, before = "", key = "", rest = line] = /^(\s*(?:- )?)("[^"]*"|[^\s:]+)(:.*)$/.exec(line) ?? [];
  return (
    <span class={isFound ? "found" : ""}>
      {before}
      <b>{key}</b>
      {key === "" ? line : rest}
      {"\n"}
    </span>
  );
}

function ReloadOutcome({ outcome: { changes = [], problems } }: { readonly outcome: Outcome }): JSX.Element {
  if (problems)
    return (
      <div class="problem" role="alert">
        Nothing has changed:
        <ul>
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      </div>
    );
  return (
    <div class="notice" role="status">
      {changes.length === 0 ? "Read again: nothing has another value." : "Read again:"}
      <ul>
        {changes.map(({ key, in_force }) => (
          <li key={key}>
            <code>{key}</code>: in force {in_force === "new sessions" ? "for new sessions" : in_force}
          </li>
        ))}
      </ul>
    </div>
  );
}

function askToDrain(): void {
  askFor({
    title: "Drain the server",
    text: "It takes no more clients, asks those that can to connect again, and ends. This cannot be taken back.",
    button: "Drain and end",
    isDangerous: true,
    run: async () => {
      const { timeout_ms } = await ask<{ timeout_ms: number }>("drain", { method: "POST" });
      return `The server ends in ${Math.round(timeout_ms / 1_000)} s at the latest.`;
    },
  });
}
