import { hex } from "@headgate/testkit";
import { expect, it } from "vitest";
import { TARGETS } from "./targets.ts";

/** Inputs that once failed, as the fuzzer printed them. */
const FAILED = [
  ["tunnel-session", "05040000000001010102", "an idle request behind a withheld one was never answered"],
  [
    "plain-http",
    "504f535420687474703a2f2f002f69646c652f612f3120485454502f312e310d0a486f73743a0d0a436f6e74656e742d4c656e6774683a330d0a0d0a00000000",
    "a URL without a host was a request of a tunnel, and none for node:http",
  ],
  ["forwarded", "0a3a3a666666663a302e302e302e31256f2c31302e312e312e31", "an IPv4 address had a zone"],
  [
    "data-messages",
    "001110050003000a0743666c65782e6d6573736167696e672e696f2e4172726179436f6c6c656374696f6e0d070000000000000000000000000008010000000000000000110600",
    "a name in AMF3 referred to a value that was left out in front of it",
  ],
] as const;

it.each(FAILED)("%s stands %s: %s", async (name, digits) => {
  const target = TARGETS.find((each) => each.name === name);
  expect(target).toBeDefined();
  await target?.run(hex(digits));
});
