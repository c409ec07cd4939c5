import { mkdir } from "node:fs/promises";

/** Makes a folder, and those above it that are missing. Rejects with the reason: Node.js calls a read-only disk ENOENT. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    const { code, path: missing } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && missing !== undefined) await mkdir(missing);
    throw error;
  }
}
