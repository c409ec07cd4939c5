import { ProtocolError } from "@headgate/bytes";
import { DEFAULT_CONNECTION_LIMITS, ServerConnection } from "@headgate/connection";
import { Random } from "@headgate/testkit";
import { expect, it } from "vitest";
import { grant } from "./grant.ts";
import { mutatedSession } from "./mutated-session.ts";
import { TIMEOUTS } from "./recorded-sessions.ts";

const SESSIONS = 600;

/** The kinds of events that a client's bytes cause in a server, and the code of the error that ended it. */
function outcomeOf(bytes: Uint8Array): string[] {
  const random = (length: number) => new Uint8Array(length);
  const options = { random, chunkSize: 4096, ackWindow: 10_000, rtmpe: false, timeouts: TIMEOUTS };
  const server = new ServerConnection({ ...options, limits: DEFAULT_CONNECTION_LIMITS }, 0);
  const kinds: string[] = [];
  try {
    server.receive(bytes, 0);
    server.poll(
      {
        onEvent: (event) => {
          kinds.push(event.kind);
          grant(event, server.session);
        },
        onOutput: () => {},
      },
      0,
    );
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    kinds.push(error.code);
  }
  return kinds;
}

it("mutated sessions get through to every event, and end in many ways", () => {
  const outcomes = Array.from({ length: SESSIONS }, (_, seed) =>
    outcomeOf(mutatedSession(new Random(seed), "client")),
  );
  const seen = new Set(outcomes.flat());
  const events = [
    "connectRequested",
    "publishRequested",
    "playRequested",
    "media",
    "data",
    "stopped",
    "seekRequested",
    "pauseRequested",
    "receiveRequested",
    "bufferLengthChanged",
    "streamLengthRequested",
  ];
  expect([...seen]).toEqual(expect.arrayContaining([...events, "closeRequested"]));
  expect([...seen].filter((code) => /^[A-Z_]+$/.test(code)).length).toBeGreaterThan(8);
  const deep = outcomes.filter(
    (kinds) => kinds.includes("publishRequested") || kinds.includes("playRequested"),
  );
  expect(deep.length).toBeGreaterThan(SESSIONS / 4);
});
