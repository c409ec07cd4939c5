import { once } from "node:events";
import { connect } from "node:net";
import { linkCompliance } from "@headgate/transport/compliance";
import { tunnels } from "./tunnels.ts";
import { withRtmpe } from "./with-rtmpe.ts";

const rtmpt = tunnels("rtmpt", {
  dial: async (port) => {
    const socket = connect({ host: "127.0.0.1", port });
    await once(socket, "connect");
    return socket;
  },
});

linkCompliance(rtmpt);
linkCompliance(withRtmpe(rtmpt));
