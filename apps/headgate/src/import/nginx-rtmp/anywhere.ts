import { isOff } from "../directives.ts";
import type { Directive } from "../part.ts";
import { each, left, needless, type Rule, type Rules } from "../rules.ts";
import { STREAM_HOOKS } from "./access.ts";

const RECORDING = left("set `record` of the application by hand (docs/recording.md)");
const SEGMENTS = left("Headgate makes no HLS and no DASH yet");
const PROGRAMS = left("Headgate runs no programs");
const OWN_STATUS = needless("Headgate tells players what happens to their stream");

/** Nothing is lost if it is switched off. */
function unlessOff(rule: Rule<Directive>): Rule<Directive> {
  return (directive, output) => {
    if (isOff(directive)) output.report.needless(directive, "it is off");
    else rule(directive, output);
  };
}

/** Applications look for it themselves, in the blocks around them, too. */
const LOOKED_FOR: Rule<Directive> = () => {};

/** Rules for directives that may stand in every block of `rtmp`, and of which nothing is inherited here. */
export const ANYWHERE: Rules<Directive> = {
  ...each(
    "record_path record_suffix record_unique record_append record_lock record_max_size record_max_frames " +
      "record_interval record_notify recorder",
    RECORDING,
  ),
  record: unlessOff(RECORDING),
  ...each("hls dash", unlessOff(SEGMENTS)),
  ...each(
    "hls_path hls_fragment hls_max_fragment hls_playlist_length hls_muxdelay hls_sync hls_continuous hls_nested " +
      "hls_fragment_naming hls_fragment_naming_granularity hls_fragment_slicing hls_type hls_max_audio_delay " +
      "hls_audio_buffer_size hls_cleanup hls_variant hls_base_url hls_keys hls_key_path hls_key_url " +
      "hls_fragments_per_key dash_path dash_fragment dash_playlist_length dash_nested dash_cleanup",
    SEGMENTS,
  ),
  ...each(
    "exec exec_block exec_push exec_pull exec_static exec_publish exec_publish_done exec_play exec_play_done " +
      "exec_record_done exec_options exec_kill_signal respawn respawn_timeout",
    PROGRAMS,
  ),
  on_record_done: RECORDING,
  notify_method: (directive, { report }) => {
    if (directive.args[0] === "get") report.left(directive, "hooks are asked with POST");
    else report.needless(directive, "hooks are asked with POST");
  },
  notify_update_strict: left("a hook that answers an update with a redirection ends nothing"),
  notify_relay_redirect: left("a stream keeps its name when a hook has it pushed elsewhere"),
  ...each("access_log log_format", left("Headgate logs sessions in a form of its own")),
  ...each("push_reconnect pull_reconnect", left("Headgate waits 0.5 to 30 seconds before it connects again")),
  ...each("relay_buffer session_relay", needless("relays need no buffer of their own")),
  ...each("publish_notify play_restart", OWN_STATUS),
  ...each("stream_buckets buffer", needless("it sets a size that Headgate does not have")),
  interleave: needless("players accept media on one or more chunk streams"),
  sync: needless("timestamps are passed on as the publisher sends them"),
  wait_video: left("a viewer has sound at once, and waits for pictures only"),
  idle_streams: unlessOn("a player may come before its publisher, and waits"),
  meta: unlessOn("Headgate always sends the publisher's metadata"),
  drop_idle_publisher: left("a silent publisher is asked: timeouts.pingInterval and timeouts.pingTimeout"),
  ...each("play play_temp_path play_local_path", left("Headgate plays no files")),
  ...each("live wait_key allow deny notify_update_timeout", LOOKED_FOR),
  ...each(STREAM_HOOKS.join(" "), LOOKED_FOR),
};

function unlessOn(why: string): Rule<Directive> {
  return (directive, { report }) => {
    if (isOff(directive)) report.left(directive, why);
    else report.needless(directive, why);
  };
}
