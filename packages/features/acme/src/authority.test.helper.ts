import type { KeyObject } from "node:crypto";
import { createPublicKey, sign } from "node:crypto";
import { makeKeyAtOnce } from "./certificates.ts";
import {
  bitString,
  integer,
  octetString,
  oid,
  sequence,
  set,
  tagged,
  taggedText,
  time,
  utf8,
} from "./der.ts";

const DAY_MS = 86_400_000;
const AUTHORITY: KeyObject = makeKeyAtOnce();

/** What an authority issues for a key. PEM. */
export function issue({
  names,
  key,
  fromDays = -1,
  toDays = 90,
}: {
  readonly names: readonly string[];
  readonly key: KeyObject;
  readonly fromDays?: number;
  readonly toDays?: number;
}): string {
  const nameOf = (text: string) => sequence(set(sequence(oid("2.5.4.3"), utf8(text))));
  const algorithm = sequence(oid("1.2.840.10045.4.3.2"));
  const altNames = sequence(...names.map((name) => taggedText(2, name)));
  const content = sequence(
    tagged(0, integer(2)),
    integer(7),
    algorithm,
    nameOf("An authority"),
    sequence(time(Date.now() + fromDays * DAY_MS), time(Date.now() + toDays * DAY_MS)),
    nameOf(names[0]!),
    createPublicKey(key).export({ type: "spki", format: "der" }),
    tagged(3, sequence(sequence(oid("2.5.29.17"), octetString(altNames)))),
  );
  const der = sequence(content, algorithm, bitString(sign("sha256", content, AUTHORITY)));
  return `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`;
}
