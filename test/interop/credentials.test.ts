import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Child, killEveryChild } from "../support/child-processes.ts";
import { type HeadgateServer, type Scheme, startHeadgate } from "../support/headgate-server.ts";
import { audio, encoded, h264, picture, sound } from "../support/media.ts";
import {
  areMissing,
  FFMPEG8_SCRIPT,
  ffmpeg,
  ffmpeg8,
  gstreamer,
  gstreamerLibrtmp,
  type Program,
  titleOf,
} from "../support/programs.ts";
import { ANY_CERTIFICATE } from "../support/publishers.ts";
import { jsonWebToken, nginxSignature } from "../support/signed-credentials.ts";

const KEY = "p-k3y";
const USER = { name: "alice", password: "7hE5eCrEt" };
const URL_SECRET = "url-s3cret";
const TOKEN_SECRET = "a secret of at least thirty-two bytes";

/** What a program shows: parameters behind the stream's name, or a user and a password that it has an option for. */
interface Shown {
  readonly query?: string;
  readonly password?: string;
}

/** One kind of credentials, which the application of the same name asks for. */
interface Kind {
  readonly name: string;
  right(stream: string): Shown;
  wrong(stream: string): Shown;
  /** Under which the log has the one that was right. */
  readonly identity?: string;
}

const KINDS: readonly Kind[] = [
  {
    name: "key",
    right: () => ({ query: `key=${KEY}` }),
    wrong: () => ({ query: "key=other" }),
  },
  {
    name: "user",
    right: () => ({ password: USER.password }),
    wrong: () => ({ password: "wrong" }),
    identity: USER.name,
  },
  {
    name: "signed",
    right: (stream) => ({ query: nginxSignature(`/signed/${stream}`, URL_SECRET) }),
    wrong: () => ({ query: nginxSignature("/signed/other", URL_SECRET) }),
  },
  {
    name: "token",
    right: (stream) => ({ query: `token=${token(stream)}` }),
    wrong: (stream) => ({ query: `token=${token(stream, { secret: "another one" })}` }),
    identity: "bob",
  },
];

const APPLICATIONS = {
  key: { publish: { key: KEY, users: "none", jwt: false } },
  user: { publish: { users: "all", jwt: false } },
  signed: { publish: { signedUrl: { preset: "nginx", secret: URL_SECRET }, users: "none", jwt: false } },
  token: { publish: { users: "none" } },
};

/** One that lets publish this stream. */
function token(stream: string, { secret = TOKEN_SECRET, claims = {} } = {}): string {
  return jsonWebToken({ sub: "bob", headgate: { publish: [`token/${stream}`] }, ...claims }, secret);
}

interface Client {
  readonly program: Program;
  readonly schemes: readonly Scheme[];
  /** The kind that the program itself fails with. */
  readonly cannotShow?: string;
  /** Publishes a moment of media. */
  publish(target: { scheme: Scheme; path: string; shown: Shown }): Child;
}

const media = (): string =>
  encoded([...picture("testsrc2", "64x64"), ...sound(), "-t", "0.5", ...h264(), ...audio("aac")], "flv");

/** The user stands in the URL. */
function urlOf({ scheme, path, shown: { query, password } }: Parameters<Client["publish"]>[0]): string {
  const user = password === undefined ? "" : `${USER.name}:${password}@`;
  const rest = query === undefined ? "" : `?${query}`;
  return `${scheme}://${user}127.0.0.1:${server.port(0)}/${path}${rest}`;
}

const PICTURES = ["videotestsrc", "num-buffers=5", "!", "x264enc", "tune=zerolatency"];

function gstreamerWith(...sink: readonly string[]): Child {
  return new Child("gst-launch-1.0", ["-q", ...PICTURES, "!", "flvmux", "streamable=true", "!", ...sink]);
}

/** librtmp first, because it waits for five seconds when it is refused. */
const CLIENTS: readonly Client[] = [
  {
    program: gstreamerLibrtmp,
    schemes: ["rtmpt"],
    // Debian's librtmp corrupts its memory when it is asked for a password.
    cannotShow: "user",
    publish: (target) => gstreamerWith("rtmpsink", `location=${urlOf(target)} live=1`),
  },
  {
    program: ffmpeg,
    schemes: ["rtmp", "rtmps", "rtmpt"],
    publish: (target) =>
      new Child(
        "ffmpeg",
        ["-nostdin", "-v", "error", "-i", media(), "-c", "copy", "-f", "flv"].concat(urlOf(target)),
      ),
  },
  {
    program: ffmpeg8,
    schemes: ["rtmp", "rtmps", "rtmpt"],
    publish: (target) => new Child(process.execPath, [FFMPEG8_SCRIPT, "publish", media(), urlOf(target)]),
  },
  {
    program: gstreamer,
    schemes: ["rtmp", "rtmps"],
    publish: ({ shown: { password, query = "" }, ...target }) => {
      const user = password === undefined ? [] : [`username=${USER.name}`, `password=${password}`];
      const location = urlOf({ ...target, shown: query === "" ? {} : { query } });
      return gstreamerWith("rtmp2sink", ANY_CERTIFICATE, `location=${location}`, ...user);
    },
  },
];

let server: HeadgateServer;

beforeAll(async () => {
  server = await startHeadgate({
    access: { users: { [USER.name]: USER.password }, jwt: { secret: TOKEN_SECRET } },
    applications: APPLICATIONS,
  });
}, 60_000);

afterAll(async () => {
  await server?.stop().finally(killEveryChild);
});

type Line = Readonly<Record<string, unknown>>;

function linesWith(fields: Line): readonly Line[] {
  const lines = server.log(Number.POSITIVE_INFINITY).split("\n");
  return lines
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => Object.entries(fields).every(([name, value]) => line[name] === value));
}

/** The line of the log with such fields, as soon as there is one. */
function logged(fields: Line): Promise<Line> {
  return vi.waitFor(
    () => {
      const [found] = linesWith(fields);
      expect(found, JSON.stringify(fields)).toBeDefined();
      return found!;
    },
    { timeout: 15_000, interval: 50 },
  );
}

const CASES = CLIENTS.flatMap(({ program, schemes, cannotShow, publish }) =>
  schemes.flatMap((scheme) =>
    KINDS.filter(({ name }) => name !== cannotShow).map((kind) => ({ program, scheme, kind, publish })),
  ),
);

describe.concurrent("the right credentials publish, and wrong ones do not", () => {
  for (const { program, scheme, kind, publish } of CASES) {
    const start = (which: "right" | "wrong") => {
      const stream = `${program.name.replaceAll(" ", "-")}-${scheme}-${which}`;
      const path = `${kind.name}/${stream}`;
      return { path, child: publish({ scheme, path, shown: kind[which](stream) }) };
    };

    const title = `${titleOf(program)} over ${scheme} with ${kind.name}`;
    test.skipIf(areMissing(ffmpeg, program))(title, { timeout: 60_000 }, async () => {
      const right = start("right");
      expect((await right.child.end(20_000)).code, right.child.errors).toBe(0);
      const line = await logged({ msg: "publishing", stream: right.path });
      expect(line.identity).toBe(kind.identity);
      const wrong = start("wrong");
      expect((await wrong.child.end(20_000)).code).not.toBe(0);
      // authmod refuses at `connect`, which names no stream.
      const refused =
        kind.name === "user" ? { msg: "session ended" } : { msg: "publish refused", stream: wrong.path };
      await logged({ ...refused, reason: "CREDENTIALS_INVALID" });
      expect(linesWith({ msg: "publishing", stream: wrong.path })).toEqual([]);
    });
  }
});

test.skipIf(areMissing(ffmpeg))("a token that ffmpeg cuts off is refused with these words", async () => {
  const publish = (stream: string, padding: number) => {
    const long = token(stream, { claims: { padding: "x".repeat(padding) } });
    return {
      long,
      child: CLIENTS.find(({ program }) => program === ffmpeg)!.publish({
        scheme: "rtmp",
        path: `token/${stream}`,
        shown: { query: `token=${long}` },
      }),
    };
  };
  const [short, long] = [publish("short", 500), publish("long", 700)];
  expect(short.long.length).toBeLessThan(1_000);
  expect(long.long.length).toBeGreaterThan(1_017);
  expect((await short.child.end(20_000)).code, short.child.errors).toBe(0);
  expect((await long.child.end(20_000)).code).not.toBe(0);
  await logged({ msg: "publish refused", stream: "token/long", reason: "CREDENTIALS_CUT_OFF" });
});
