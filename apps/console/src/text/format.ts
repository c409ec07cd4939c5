/** Texts of numbers, times and names, each as short as a table needs it. */

/** What is not known. */
export const UNKNOWN = "–";

export function bitrate(kbps: number | null | undefined): string {
  if (kbps === null || kbps === undefined) return UNKNOWN;
  if (kbps < 1_000) return `${Math.round(kbps)} kb/s`;
  if (kbps < 1_000_000) return `${short(kbps / 1_000)} Mb/s`;
  return `${short(kbps / 1_000_000)} Gb/s`;
}

export function bytes(count: number | null | undefined): string {
  if (count === null || count === undefined) return UNKNOWN;
  const step = count < 1_000 ? 0 : Math.min(4, Math.floor(Math.log10(count) / 3));
  const value = count / 1_000 ** step;
  return `${step === 0 ? value : short(value)} ${["B", "kB", "MB", "GB", "TB"][step]}`;
}

export function milliseconds(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return UNKNOWN;
  if (ms < 10_000) return `${Math.round(ms)} ms`;
  return duration(ms / 1_000);
}

/** Two units at most: `3 d 4 h`, `12 min`, `45 s`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return UNKNOWN;
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 600) return joined(Math.floor(whole / 60), "min", whole % 60, "s");
  if (whole < 3_600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86_400) return joined(Math.floor(whole / 3_600), "h", Math.floor((whole % 3_600) / 60), "min");
  return joined(Math.floor(whole / 86_400), "d", Math.floor((whole % 86_400) / 3_600), "h");
}

export function count(value: number): string {
  return value.toLocaleString("en-US").replaceAll(",", "\u202f");
}

/** The time of day, with the date if it is another one. */
export function clock(time: string | number, now: Date = new Date()): string {
  const at = new Date(time);
  const day = at.toDateString() === now.toDateString() ? "" : `${isoDay(at)} `;
  return `${day}${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

/** Characters that cannot be seen, or change how others are seen: names come from peers. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
}

/** `rtmp 12 · rtmpt 3`. */
export function byName(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts)
    .filter(([, number]) => number > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, number]) => `${name} ${count(number)}`);
  return parts.length === 0 ? "none" : parts.join(" · ");
}

export function isoDay(at: Date): string {
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

function short(value: number): string {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
