import { expect, test } from "vitest";
import { ApiError } from "../api/ask.ts";
import { stateAfter } from "./session.ts";

test("a server that wants a token is no mistake, a wrong token is one", () => {
  const refused = new ApiError(401, "TOKEN_INVALID: The token is wrong.");
  expect(stateAfter(refused, false)).toEqual({ kind: "login" });
  expect(stateAfter(refused, true)).toEqual({
    kind: "login",
    problem: "TOKEN_INVALID: The token is wrong.",
  });
});

test("a server that does not answer is not reached", () => {
  expect(stateAfter(new ApiError(0, "The server does not answer."), true)).toEqual({
    kind: "unreachable",
    problem: "The server does not answer.",
  });
});
