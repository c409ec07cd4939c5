import { describe, expect, it } from "vitest";
import { Admission } from "./admission.ts";

describe("admission", () => {
  it("counts connections as they come and go", () => {
    const admission = new Admission({ maxConnections: 10, maxConnectionsPerAddress: 10 });
    for (const address of ["a", "a", "b"]) expect(admission.enter(address)).toBeUndefined();
    expect(admission.connections).toBe(3);
    admission.leave("a");
    expect(admission.connections).toBe(2);
  });

  it("names the limit that another connection would exceed", () => {
    const admission = new Admission({ maxConnections: 3, maxConnectionsPerAddress: 2 });
    admission.enter("a");
    admission.enter("a");
    expect(admission.enter("a")).toBe("maxConnectionsPerAddress");
    expect(admission.enter("b")).toBeUndefined();
    expect(admission.enter("a")).toBe("maxConnections");
    expect(admission.enter("c")).toBe("maxConnections");
    expect(admission.connections).toBe(3);
  });

  it("takes one more for each that leaves", () => {
    const admission = new Admission({ maxConnections: 2, maxConnectionsPerAddress: 1 });
    admission.enter("a");
    admission.enter("b");
    admission.leave("a");
    expect(admission.enter("b")).toBe("maxConnectionsPerAddress");
    expect(admission.enter("a")).toBeUndefined();
  });
});
