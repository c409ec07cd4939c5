import { expect, it } from "vitest";
import { readProxyHeader } from "./proxy-header.ts";
import { proxyHeader } from "./write-proxy-header.ts";

const DESTINATION = { remoteAddress: "10.0.0.5", remotePort: 1935 };

it.each(["192.0.2.7", "2001:db8::7", "2001:db8:1:2:3:4:5:6", "::1"])(
  "a header says that %s is the client",
  (address) => {
    const header = proxyHeader({ remoteAddress: address, remotePort: 50_000 }, DESTINATION);
    expect(readProxyHeader(header)).toEqual({ length: header.length, client: { address, port: 50_000 } });
  },
);

it("a header for a client without an address says that the connection is the proxy's own", () => {
  const header = proxyHeader({ remoteAddress: "", remotePort: 0 }, DESTINATION);
  expect(readProxyHeader(header)).toEqual({ length: header.length, client: undefined });
});

it("a destination by name is unspecified", () => {
  const header = proxyHeader(
    { remoteAddress: "192.0.2.7", remotePort: 1 },
    { remoteAddress: "origin", remotePort: 2 },
  );
  expect(Buffer.from(header.subarray(16)).toString("hex")).toBe("c0000207000000000001" + "0002");
});
