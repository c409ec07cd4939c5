import { readRegularFile } from "@headgate/config";

/** Either a text, or why there is none. */
type ReadText =
  | { readonly text: string; readonly problem?: never }
  | { readonly text?: never; readonly problem: string };

export const NO_SUCH_FILE = "there is no such file";

/** The text of a file that a user has named. */
export function readText(name: string, maxBytes: number): ReadText {
  try {
    return { text: decode(readRegularFile(name, maxBytes)) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { problem: REASONS[code ?? ""] ?? message };
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("it is not UTF-8 text");
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: NO_SUCH_FILE,
  EACCES: "this user is not allowed to read it",
};
