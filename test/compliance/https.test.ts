import { once } from "node:events";
import { linkCompliance } from "@headgate/transport/compliance";
import { dialTls, newTlsServer } from "./tls-identity.ts";
import { tunnels } from "./tunnels.ts";
import { withRtmpe } from "./with-rtmpe.ts";

const tls = newTlsServer();

const rtmpts = tunnels("rtmpts", {
  secure: (socket) => tls.secure(socket, "127.0.0.1", () => {}),
  dial: async (port) => {
    const { secured } = await dialTls(port);
    await once(secured, "secureConnect");
    return secured;
  },
});

linkCompliance(rtmpts);
linkCompliance(withRtmpe(rtmpts));
