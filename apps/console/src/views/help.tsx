import type { JSX } from "preact";
import { Dialog } from "../widgets/dialog.tsx";

const KEYS = [
  ["1 … 9", "a view, in the order of the menu"],
  ["/", "the filter of a list"],
  ["↑ ↓ or k j", "the row before or behind"],
  ["Enter", "open the row"],
  ["Esc", "back"],
  ["p", "open or close the players of a stream"],
  ["t", "dark or light"],
  ["?", "this list"],
] as const;

export function Help({ onClose }: { readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p class="quiet">
        What this page shows is also in the API: <a href="api/v1/docs">api/v1/docs</a>.
      </p>
    </Dialog>
  );
}
