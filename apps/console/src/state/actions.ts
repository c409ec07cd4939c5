import { Store } from "./store.ts";

interface Field {
  readonly name: string;
  readonly label: string;
  readonly initial?: string;
  readonly isNumber?: boolean;
  readonly isOptional?: boolean;
}

/** Something that changes the server, and is asked for in a dialog first. */
export interface Action {
  readonly title: string;
  /** What will happen. */
  readonly text: string;
  readonly button: string;
  readonly isDangerous?: boolean;
  readonly fields?: readonly Field[];
  /** Returns what has happened, if there is something to say. */
  readonly run: (values: Readonly<Record<string, string>>) => Promise<string>;
}

/** The one that is asked for at the moment. */
export const action: Store<Action | undefined> = new Store<Action | undefined>(undefined);

/** What was done last. */
export const news: Store<string> = new Store("");

export function askFor(next: Action): void {
  action.set(next);
}
