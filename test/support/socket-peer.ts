import { randomBytes } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";
import { ClientHandshake, ServerHandshake } from "@headgate/handshake";
import { ScriptedPeer } from "@headgate/scripted-peer";

const CHUNK_SIZE = 4096;

/** A scripted peer on a socket, as client or as server. */
export class SocketPeer extends ScriptedPeer {
  readonly socket: Socket;
  isClosed = false;
  /** What is passed through a gateway must not be answered on the way. */
  override answersPings = false;

  constructor(socket: Socket, role: "client" | "server") {
    const handshake =
      role === "client"
        ? new ClientHandshake({ random: randomBytes, kind: "simple" })
        : new ServerHandshake({ random: randomBytes });
    super(handshake, (bytes) => socket.write(bytes));
    this.socket = socket;
    socket.on("data", (bytes) => this.receive(bytes));
    socket.on("error", () => {});
    socket.once("close", () => {
      this.isClosed = true;
    });
    this.start();
    this.useChunkSize(CHUNK_SIZE);
  }

  static dial(port: number): SocketPeer {
    return new SocketPeer(connect({ host: "127.0.0.1", port }), "client");
  }

  close(): void {
    this.socket.destroy();
  }
}

/** An origin of which every connection is a SocketPeer; `onPeer` says what it does. */
export async function listenForPeers(
  port: number,
  onPeer: (peer: SocketPeer) => void,
): Promise<{ readonly peers: SocketPeer[]; stop(): Promise<void> }> {
  const peers: SocketPeer[] = [];
  const server: Server = createServer((socket) => {
    const peer = new SocketPeer(socket, "server");
    peers.push(peer);
    onPeer(peer);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    peers,
    stop: () => {
      for (const peer of peers) peer.close();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Answers what a player or a publisher asks of a server, so that it goes on. */
export function grant(peer: SocketPeer, then: () => void = () => {}): void {
  peer.onCommand = ([name, transactionId = 0]) => {
    const success = { level: "status", code: "NetConnection.Connect.Success", description: "" };
    if (name === "connect") peer.command(0, "_result", 1, {}, success);
    if (name === "createStream") peer.command(0, "_result", transactionId, null, 1);
    if (name !== "play" && name !== "publish") return;
    const code = name === "play" ? "NetStream.Play.Start" : "NetStream.Publish.Start";
    peer.command(1, "onStatus", 0, null, { level: "status", code, description: "" });
    then();
  };
}
