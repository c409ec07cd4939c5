import type { Parameters } from "../parameters.ts";

/** What a signature is for. */
export interface SignedResource {
  /** Of the stream: its application and its name, as `live/cam`. */
  readonly path: string;
  /** Its name alone. */
  readonly stream: string;
  /** Of the client; empty if a URL is signed for every client. */
  readonly remoteAddress: string;
}

/** What presets differ in beside their rules. */
export interface PresetOptions {
  readonly hash: HashName | "auto";
  readonly prefix: string;
  readonly expression: string;
  readonly validityMs: number;
}

export type HashName = "md5" | "sha256" | "sha384" | "sha512";

/** A signature as it stands in a URL. */
interface Reading {
  readonly signature: string;
  /** Seconds since the epoch; not a number if it cannot be read. */
  readonly expires: number;
  readonly begins?: number;
  /** The signatures that are right with this secret. */
  expected(secret: string): readonly string[];
  /** Whether a right signature is for this resource, where it does not follow from the signature. */
  covers?(): boolean;
}

/** How a kind of server signs URLs. */
export interface Preset {
  /** What the URL says; undefined if it is not signed. */
  read(parameters: Parameters, resource: SignedResource, options: PresetOptions): Reading | undefined;
  /** The query of a signed URL. */
  sign(resource: SignedResource, options: PresetOptions, secret: string, expires: number): string;
  /** Whether no URL is for every client. */
  needsAddress?(options: PresetOptions): boolean;
}
