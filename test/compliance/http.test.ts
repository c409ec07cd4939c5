import { once } from "node:events";
import { connect } from "node:net";
import { send } from "@headgate/direct-io";
import { linkCompliance } from "@headgate/transport/compliance";
import { tunnels } from "./tunnels.ts";
import { withRtmpe } from "./with-rtmpe.ts";

const dial = async (port: number) => {
  const socket = connect({ host: "127.0.0.1", port });
  await once(socket, "connect");
  return socket;
};

linkCompliance(tunnels("rtmpt", { dial, send }));
linkCompliance(withRtmpe(tunnels("rtmpt", { dial })));
