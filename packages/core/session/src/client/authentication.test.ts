import { describe, expect, it } from "vitest";
import { answerRejection } from "./authentication.ts";

const CREDENTIALS = { user: "theuser", password: "thepassword", application: "live" };
const CHALLENGE = () => "01234567";

describe("the answer to a rejected connect", () => {
  it.each(["adobe", "llnw"])("first says which user it is, for authmod=%s", (authmod) => {
    const description = `[ AccessManager.Reject ] : [ code=403 need auth; authmod=${authmod} ] : `;
    expect(answerRejection(description, CREDENTIALS, CHALLENGE)).toBe(`?authmod=${authmod}&user=theuser`);
  });

  // echo -n ... | openssl md5 -binary | openssl base64
  it("then answers Adobe's question", () => {
    const description =
      "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=needauth&user=theuser&salt=c2FsdA==&challenge=Y2hhbA==&opaque=b3BhcQ==";
    expect(answerRejection(description, CREDENTIALS, CHALLENGE)).toBe(
      "?authmod=adobe&user=theuser&challenge=01234567&response=rDdaTw2QOjJXYqzslKpUUA==&opaque=b3BhcQ==",
    );
  });

  it("answers Adobe's question without an opaque value by its challenge", () => {
    const description =
      "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=needauth&user=theuser&salt=c2FsdA==&challenge=Y2hhbA==";
    expect(answerRejection(description, CREDENTIALS, CHALLENGE)).toBe(
      "?authmod=adobe&user=theuser&challenge=01234567&response=pgUSzTCyb2c6FX78wx+Xhw==",
    );
  });

  it.each([
    ["live", "45506d52f9419862782df75569470f34"],
    ["live/west", "9585e22bd502c635d6fc2f2404ed6864"],
  ])("then answers Limelight's question for the application %s", (application, response) => {
    const description =
      "[ AccessManager.Reject ] : [ authmod=llnw ] : ?reason=needauth&user=theuser&nonce=bm9uY2U";
    expect(answerRejection(description, { ...CREDENTIALS, application }, CHALLENGE)).toBe(
      `?authmod=llnw&user=theuser&nonce=bm9uY2U&cnonce=01234567&nc=00000001&response=${response}`,
    );
  });

  it("is none where nothing is asked, the answer was wrong, or there is no user", () => {
    const rejected = "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed&opaque=1";
    const asked = "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ";
    expect(answerRejection("No such application.", CREDENTIALS, CHALLENGE)).toBeUndefined();
    expect(answerRejection(rejected, CREDENTIALS, CHALLENGE)).toBeUndefined();
    expect(answerRejection(asked, { ...CREDENTIALS, user: "" }, CHALLENGE)).toBeUndefined();
  });
});
