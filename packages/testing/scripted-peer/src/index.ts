export { type MessageRoute, ScriptedPeer } from "./scripted-peer.ts";
