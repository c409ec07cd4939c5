import { formatDuration } from "@headgate/config";
import type { Directive } from "../part.ts";

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of a time of nginx such as `60s`, `1h30m` or `500`. */
function parseTime(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d+(ms|[smhdw]))*\d*$/.test(text) || text === "") return undefined;
  const amounts = text.matchAll(/(\d+)(ms|[smhdw])?/g);
  return [...amounts].reduce((sum, [, digits, unit = "ms"]) => sum + Number(digits) * MILLISECONDS[unit]!, 0);
}

const BYTES: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Bytes of a size of nginx such as `1M`. */
export function parseSize(text: string | undefined): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,12})([kmg]?)$/i.exec(text ?? "") ?? [];
  return digits === undefined ? undefined : Number(digits) * (BYTES[unit.toLowerCase()] ?? 1);
}

/** The first argument as Headgate writes a time. */
export function duration({ args: [text] }: Directive): string | undefined {
  const milliseconds = parseTime(text);
  return milliseconds === undefined ? undefined : formatDuration(milliseconds);
}
