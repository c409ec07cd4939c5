import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Child } from "./child-processes.ts";

/** All files below a folder, in the order of their names. */
export function filesIn(folder: string, ending = ""): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => file.endsWith(ending))
    .sort();
}

/** What ffmpeg reads of a file or URL: a hash of each packet, as it is. */
export function packetsIn(
  file: string,
  stream: "v" | "a",
  options: readonly string[] = [],
): Promise<string[]> {
  return hashes(file, options, ["-map", `0:${stream}`, "-c", "copy", "-f", "framehash", "-hash", "md5", "-"]);
}

/** What ffmpeg decodes of it: a hash of each frame. */
export function framesIn(
  file: string,
  stream: "v" | "a",
  options: readonly string[] = [],
): Promise<string[]> {
  return hashes(file, options, ["-map", `0:${stream}`, "-fps_mode", "passthrough", "-f", "framemd5", "-"]);
}

async function hashes(
  file: string,
  options: readonly string[],
  output: readonly string[],
): Promise<string[]> {
  const child = new Child("ffmpeg", ["-nostdin", "-v", "error", ...options, "-i", file, ...output]);
  await child.end(60_000);
  return hashesOf(child.output);
}

/** Of what ffmpeg has written as framehash or framemd5. */
export function hashesOf(output: string): string[] {
  return output.split("\n").flatMap((line) => (/^\d/.test(line) ? [line.split(",").at(-1)!.trim()] : []));
}

/** The types of the boxes of an MP4 file, those of a kind once. */
export function boxesIn(file: string): string[] {
  const bytes = readFileSync(file);
  const types: string[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    if (types.at(-1) !== type) types.push(type);
    at += size === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : Math.max(8, size);
  }
  return types;
}
