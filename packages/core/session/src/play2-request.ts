import { type AmfObject, type AmfValue, propertiesOf } from "@headgate/amf";
import { type Command, numberOf, stringOf } from "./command.ts";
import { readPlayOptions } from "./play-request.ts";

/**
 * What `play2` asks for: `play` with its arguments in an object (Adobe, NetStreamPlayOptions and NetStreamPlayTransitions). `start`:
 * in place of everything else; `append`: behind everything else; `switch`: the same content in place of what is played; `stop`:
 * nothing more.
 */
export interface Play2Request {
  readonly transition: "start" | "append" | "switch" | "stop";
  /** The same as values of `play`, from the name on. */
  readonly values: readonly AmfValue[];
  /** Of a switch: `fast` as soon as the player can see it, a number: from this position of the stream on. Milliseconds. */
  readonly positionMs: number | "fast" | undefined;
}

/** `offset` of a switch that is to be seen soon. */
const FAST_SWITCH = -1;

const TRANSITIONS: Readonly<Record<string, Play2Request["transition"]>> = {
  append: "append",
  appendAndWait: "append",
  reset: "start",
  resume: "start",
  stop: "stop",
  swap: "switch",
  switch: "switch",
};

/** Without an object, or without a name in it, nothing more is to be played. */
export function readPlay2({ values }: Command): Play2Request {
  const options: AmfObject = propertiesOf(values[1]) ?? {};
  const name = stringOf(options.streamName);
  const written = stringOf(options.transition) ?? "";
  const known = Object.hasOwn(TRANSITIONS, written) ? TRANSITIONS[written]! : "switch";
  const offset = numberOf(options.offset);
  return {
    transition: name === undefined ? "stop" : known,
    values: [null, name, options.start, options.len],
    positionMs: offset === undefined || !Number.isFinite(offset) ? undefined : positionOf(offset),
  };
}

function positionOf(offset: number): number | "fast" {
  return offset <= FAST_SWITCH ? "fast" : Math.max(0, offset);
}

/** The options of the stream that it names. */
export function playOptionsOf({ values, transition }: Play2Request): ReturnType<typeof readPlayOptions> {
  return { ...readPlayOptions({ values }), reset: transition !== "append" };
}
