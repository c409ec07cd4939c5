import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Action, action, news } from "../state/actions.ts";
import { useStore } from "../state/store.ts";
import { Dialog } from "./dialog.tsx";

/** The dialog for what changes something. */
export function ActionDialog(): JSX.Element | null {
  const asked = useStore(action);
  return asked ? <AskedAction key={asked.title} asked={asked} /> : null;
}

function AskedAction({ asked }: { readonly asked: Action }): JSX.Element {
  const { title, text, button, isDangerous, fields = [], run } = asked;
  const [problem, setProblem] = useState<string>();
  const [isRunning, setRunning] = useState(false);
  const close = (): void => action.set(undefined);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const values = Object.fromEntries([...form].map(([name, value]) => [name, String(value).trim()]));
    setRunning(true);
    try {
      news.set(await run(values));
      close();
    } catch (error) {
      setProblem((error as Error).message);
    }
    setRunning(false);
  };
  return (
    <Dialog title={title} onClose={close}>
      <p>{text}</p>
      <form onSubmit={submit}>
        {fields.map(({ name, label, initial = "", isNumber, isOptional }) => (
          <label key={name} class="field">
            <span>{label}</span>
            <input
              name={name}
              defaultValue={initial}
              {...(isNumber ? { type: "number", min: 1 } : { type: "text", list: undefined })}
              required={!isOptional}
              autocomplete="off"
            />
          </label>
        ))}
        {problem !== undefined && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <div class="buttons">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class={isDangerous ? "dangerous" : "main"} disabled={isRunning}>
            {button}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
