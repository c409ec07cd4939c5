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

  it("admits one more for each that leaves", () => {
    const admission = new Admission({ maxConnections: 2, maxConnectionsPerAddress: 1 });
    admission.enter("a");
    admission.enter("b");
    admission.leave("a");
    expect(admission.enter("b")).toBe("maxConnectionsPerAddress");
    expect(admission.enter("a")).toBeUndefined();
  });

  it("counts all addresses of an IPv6 /64 as one, and IPv4 inside IPv6 as IPv4", () => {
    const admission = new Admission({ maxConnections: 100, maxConnectionsPerAddress: 2 });
    for (const address of ["2001:db8::1", "2001:db8::2", "192.0.2.1", "::ffff:192.0.2.1"])
      expect(admission.enter(address)).toBeUndefined();
    for (const address of ["2001:db8::3", "::ffff:192.0.2.1", "192.0.2.1"])
      expect(admission.enter(address)).toBe("maxConnectionsPerAddress");
    expect(admission.enter("2001:db8:0:1::1")).toBeUndefined();
    admission.leave("2001:db8::2");
    expect(admission.enter("2001:db8::ffff")).toBeUndefined();
  });

  it("moves a connection within its /64, and to another that has room", () => {
    const admission = new Admission({ maxConnections: 100, maxConnectionsPerAddress: 1 });
    admission.enter("2001:db8::1");
    admission.enter("2001:db8:0:1::1");
    expect(admission.move("2001:db8::1", "2001:db8::2")).toBe(true);
    expect(admission.move("2001:db8::2", "2001:db8:0:1::2")).toBe(false);
    expect(admission.move("2001:db8::2", "2001:db8:0:2::1")).toBe(true);
    expect(admission.enter("2001:db8::1")).toBeUndefined();
    expect(admission.connections).toBe(3);
  });
});
