export const KIB = 1024;
export const MIB: number = 1024 * KIB;
export const GIB: number = 1024 * MIB;
export const SECOND = 1000;
export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;
export const DAY: number = 24 * HOUR;

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY };

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1_000,
  KB: 1_000,
  MB: 1_000 ** 2,
  GB: 1_000 ** 3,
  KiB: KIB,
  MiB: MIB,
  GiB: GIB,
  TB: 1_000 ** 4,
  TiB: 1024 * GIB,
};

/** Milliseconds of "500ms", "10s", "2m", "1h" or "7d". A number without a unit is not a duration, except for 0. */
export function parseDuration(value: unknown): number | undefined {
  return value === 0 || value === "0" ? 0 : parseQuantity(value, MILLISECONDS);
}

/** Bytes of "8MiB", "64KiB", "10MB" or a plain number. */
export function parseSize(value: unknown): number | undefined {
  if (typeof value === "number") return value >= 0 && Number.isSafeInteger(value) ? value : undefined;
  if (typeof value === "string" && /^\d+$/.test(value)) return Number(value);
  return parseQuantity(value, BYTES);
}

/** The shortest exact way to write it: 90000 is "90s". */
export function formatDuration(milliseconds: number): string {
  return milliseconds === 0 ? "0s" : formatQuantity(milliseconds, ["d", "h", "m", "s", "ms"], MILLISECONDS);
}

/** The shortest exact way to write it: 8388608 is "8MiB", and 60000, no multiple of 1024, is "60000". */
export function formatSize(bytes: number): string {
  const text = formatQuantity(bytes, ["GiB", "MiB", "KiB", "B"], BYTES);
  return text.endsWith("iB") && bytes > 0 ? text : String(bytes);
}

function parseQuantity(value: unknown, units: Readonly<Record<string, number>>): number | undefined {
  if (typeof value !== "string") return undefined;
  const [, digits, name = ""] = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(value.trim()) ?? [];
  const unit = Object.hasOwn(units, name) ? units[name] : undefined;
  return digits === undefined || unit === undefined ? undefined : Math.round(Number(digits) * unit);
}

function formatQuantity(
  amount: number,
  names: readonly string[],
  units: Readonly<Record<string, number>>,
): string {
  const name = names.find((candidate) => amount % units[candidate]! === 0)!;
  return `${amount / units[name]!}${name}`;
}
