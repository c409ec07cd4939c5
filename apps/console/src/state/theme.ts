import { Store } from "./store.ts";

export type Theme = "dark" | "light";

/** Kept in the browser, as nothing else is. */
const KEY = "headgate-theme";

/** What was chosen, or else what the system prefers. */
export const theme: Store<Theme> = new Store<Theme>("dark");

export function startTheme(): void {
  const chosen = localStorage.getItem(KEY);
  const preferred = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  use(chosen === "light" || chosen === "dark" ? chosen : preferred);
}

export function toggleTheme(): void {
  use(theme.value === "dark" ? "light" : "dark");
  localStorage.setItem(KEY, theme.value);
}

function use(next: Theme): void {
  document.documentElement.dataset.theme = next;
  theme.set(next);
}
