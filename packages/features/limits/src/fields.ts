import { type Field, formatDuration, list, optional, parseDuration, SECOND, value } from "@headgate/config";

interface LimitAbout {
  readonly description: string;
  readonly beyond: string;
}

const MOST = 1_000_000;
const MOST_BITS_PER_SECOND = 1e12;
const MOST_MS = 365 * 24 * 3600 * SECOND;

/** How many of something; without a limit if nothing is written. */
export function countLimit(key: string, about: LimitAbout): Field<number | undefined> {
  return optional<number>(key, {
    ...about,
    reload: "live",
    expects: `a whole number from 0 to ${MOST}`,
    fromText: (text) => (/^\d+$/.test(text) ? Number(text) : text),
    writtenAs: 'number | ""',
    parse: (written) =>
      Number.isInteger(written) && Number(written) >= 0 && Number(written) <= MOST
        ? Number(written)
        : undefined,
  });
}

const PREFIXES: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9 };

/** Bits a second, as encoders are told: 800k, 6M. */
export function bitrateLimit(key: string, about: LimitAbout): Field<number | undefined> {
  return optional<number>(key, {
    ...about,
    reload: "live",
    expects: 'bits a second, with k, M or G behind the number if it is large, such as "6M"',
    writtenAs: "number | string",
    parse: (written) => {
      const [, digits = "", prefix = ""] = /^(\d+(?:\.\d+)?)([kMG]?)$/.exec(String(written)) ?? [];
      const bits = Math.round(Number(digits) * (PREFIXES[prefix] ?? 0));
      return bits >= 1 && bits <= MOST_BITS_PER_SECOND ? bits : undefined;
    },
  });
}

export function durationLimit(key: string, about: LimitAbout): Field<number | undefined> {
  return optional<number>(key, {
    ...about,
    reload: "live",
    expects: 'a duration with its unit from 1s to 8760h, such as "2h"',
    parse: (written) => {
      const ms = parseDuration(written);
      return ms !== undefined && ms >= SECOND && ms <= MOST_MS ? ms : undefined;
    },
    format: formatDuration,
  });
}

/** In pixels. */
export interface Resolution {
  readonly width: number;
  readonly height: number;
}

export function resolutionLimit(key: string, about: LimitAbout): Field<Resolution | undefined> {
  return optional<Resolution>(key, {
    ...about,
    reload: "live",
    expects: 'a width and a height such as "1920x1080"',
    parse: (written) => {
      const [, width, height] = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(String(written)) ?? [];
      return width && height ? { width: Number(width), height: Number(height) } : undefined;
    },
    format: ({ width, height }) => `${width}x${height}`,
  });
}

/** Some codecs, by the names that the API shows, in any spelling: `H.264` is `H264`. None is no limit. */
export function codecs(key: string, known: readonly string[], about: LimitAbout): Field<readonly string[]> {
  const items = value<string>({
    expects: `one of ${known.join(", ")}`,
    choices: known,
    parse: (written) =>
      typeof written === "string" ? known.find((name) => codecKey(name) === codecKey(written)) : undefined,
  });
  return list<string>(key, { ...about, items, reload: "live" });
}

/** A codec's name without what is spelled in different ways. */
export function codecKey(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
