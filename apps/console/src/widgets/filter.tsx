import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { useKeys } from "../state/keys.ts";

interface Props {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly label: string;
}

/** The field for what a list is to be about. The key `/` leads to it, and Escape out of it. */
export function Filter({ value, onChange, label }: Props): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => input.current?.focus() });
  return (
    <input
      ref={input}
      type="search"
      class="filter"
      placeholder={`${label}  /`}
      aria-label={label}
      value={value}
      onInput={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.currentTarget.blur();
      }}
    />
  );
}
