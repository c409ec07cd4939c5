import { RtmpUrl } from "@headgate/session";
import fc from "fast-check";
import { expect, it } from "vitest";
import { hideSecrets } from "./hidden-secrets.ts";

const hide = (text: string, url: string): string => hideSecrets(text, RtmpUrl.parse(url)!);

const KEYED = "rtmp://target/app/KEY-abcd-efgh";

it.each([
  ["the name", KEYED, "KEY-abcd-efgh is already being published", "*** is already being published"],
  ["within a word", KEYED, "app/KEY-abcd-efgh_720p: busy", "app/***_720p: busy"],
  ["more than once", KEYED, "KEY-abcd-efgh (KEY-abcd-efgh)", "*** (***)"],
  ["in the case of another name", KEYED, "key-abcd-efgh is free", "key-abcd-efgh is free"],
  ["percent-encoded", "rtmp://t/app/cam%2Fé+1?k=1", "no stream cam/%c3%A9%201 here", "no stream *** here"],
  ["percent-encoded twice in part", KEYED, "%4bEY-%61bcd-efgh", "***"],
  ["cut off", KEYED, "'KEY-abcd-efg...' is in use", "'***...' is in use"],
  ["cut off at the end", KEYED, "in use: KEY-a", "in use: ***"],
  ["the query", "rtmp://t/app/cam?sig=0123456789&e=77", "bad: ?sig=0123456789&e=77", "bad: ?***"],
  [
    "a value of the query",
    "rtmp://t/app/cam?sig=0123456789&e=77",
    "0123456789 is over (77)",
    "*** is over (***)",
  ],
  ["user and password", "rtmp://me:pass%20word@t/app/c", "me:pass+word, me:pass word", "***:***, ***:***"],
  [
    "a short name, where it stands alone",
    "rtmp://t/app/a",
    "a stream called 'a' has no data",
    "*** stream called '***' has no data",
  ],
  ["a short name in another alphabet", "rtmp://t/app/é", "été é", "été ***"],
])("hides what a server quotes: %s", (_, url, text, hidden) => {
  expect(hide(text, url)).toBe(hidden);
});

it("hides other secrets that it is told", () => {
  const url = RtmpUrl.parse(KEYED)!;
  expect(hideSecrets("wrong: rDdaTw2QOjJXYqzslKpUUA==", url, ["rDdaTw2QOjJXYqzslKpUUA=="])).toBe(
    "wrong: ***",
  );
});

it("leaves a text alone that quotes nothing", () => {
  const text = "NetStream.Publish.BadName: 100% of the 3 keys are in use, at most %d%zz";
  expect(hide(text, "rtmp://user:password@host/live/stream-key?token=12345678")).toBe(text);
});

it("hides any long secret, however it is encoded and whatever stands around it", () => {
  const names = fc.stringMatching(/^[\w.~ é€-]{8,40}$/).filter((name) => name.trim() !== "");
  const encoded = (name: string): readonly string[] => [name, encodeURIComponent(name), allEncoded(name)];
  fc.assert(
    fc.property(names, fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (name, before, after) => {
      const url = RtmpUrl.parse("rtmp://target/app")!.at("app", name);
      for (const spelling of encoded(name))
        expect(hideSecrets(`${before}"${spelling}"${after}`, url)).not.toContain(spelling);
    }),
  );
});

function allEncoded(text: string): string {
  return [...new TextEncoder().encode(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
}
