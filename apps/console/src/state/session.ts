import { ApiError, ask, useToken } from "../api/ask.ts";
import { Store } from "./store.ts";

/** Whether the server lets this page in. */
export type SessionState =
  | { readonly kind: "checking" }
  | { readonly kind: "login"; readonly problem?: string }
  | { readonly kind: "open"; readonly version: string; readonly hasToken: boolean }
  | { readonly kind: "unreachable"; readonly problem: string };

export const session: Store<SessionState> = new Store<SessionState>({ kind: "checking" });

interface Versions {
  readonly data: { readonly version: string };
}

/** Asks whether a token is needed. The token stays in the memory of the page: it is gone when the page is loaded again. */
export async function enter(token?: string): Promise<void> {
  useToken(token);
  try {
    const { data } = await ask<Versions>("versions");
    session.set({ kind: "open", version: data.version, hasToken: token !== undefined });
  } catch (error) {
    useToken(undefined);
    session.set(stateAfter(error, token !== undefined));
  }
}

export function leave(problem?: string): void {
  useToken(undefined);
  session.set({ kind: "login", ...(problem !== undefined && { problem }) });
}

export function stateAfter(error: unknown, hadToken: boolean): SessionState {
  if (!(error instanceof ApiError) || error.status === 0)
    return { kind: "unreachable", problem: (error as Error).message };
  // Without a token there is nothing wrong yet.
  return hadToken ? { kind: "login", problem: error.message } : { kind: "login" };
}
