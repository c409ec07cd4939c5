import { setFirstMatch } from "../addresses.ts";
import { find, include, isOff, isOn, nameOf, number } from "../directives.ts";
import type { Directive } from "../part.ts";
import { applyRules, becomes, each, needless, type Output, type Rules } from "../rules.ts";
import { addressRules, importStreamHook, STREAM_HOOKS } from "./access.ts";
import { ANYWHERE } from "./anywhere.ts";
import { addRelays, type RelayTarget, relayTarget } from "./relay.ts";
import { duration } from "./units.ts";

interface ApplicationScope extends Output {
  readonly application: string;
  /** How often hooks are told of streams. */
  readonly updateInterval: string | undefined;
  readonly pulls: RelayTarget[];
  readonly pushes: RelayTarget[];
}

/** An application of nginx-rtmp, which inherits from the blocks around it, the nearest first. */
export function importApplication(
  application: Directive,
  around: readonly (readonly Directive[])[],
  output: Output,
): void {
  const { draft, report } = output;
  const [name = ""] = application.args;
  const live = nearest("live", [application.parts, ...around]);
  if (!isOn(live)) return report.left(application, "it is not live, and Headgate plays no files");
  if (name === "*") return report.left(application, 'in Headgate, "*" stands for every other application');
  if (draft.has(["applications", name]))
    return report.left(
      application,
      "an application of this name is there already, and Headgate has one for all ports",
    );
  draft.set(application, ["applications", name], {});
  const interval = nearest("notify_update_timeout", [application.parts, ...around]);
  const updateInterval = interval && duration(interval);
  const scope = { ...output, application: name, updateInterval, pulls: [], pushes: [] };
  applyRules(application.parts, APPLICATION, nameOf, scope);
  const own = new Set(application.parts.map(nameOf));
  for (const [level, parts] of around.entries()) {
    const nearer = new Set(around.slice(0, level).flat().map(nameOf));
    const inherited = parts.filter(
      ({ name }) => Object.hasOwn(INHERITED, name) && !own.has(name) && !nearer.has(name),
    );
    applyRules(inherited, INHERITED, nameOf, scope);
  }
  addRelays(scope);
  setFirstMatch(addressRules([application.parts, ...around].flat()), name, output);
}

/** The directives around applications that these look for. They may be thousands, and the applications as well. */
export function inheritable(directives: readonly Directive[]): readonly Directive[] {
  return directives.filter(({ name }) => Object.hasOwn(INHERITED, name) || LOOKED_FOR.has(name));
}

const LOOKED_FOR: ReadonlySet<string> = new Set(["allow", "deny", "notify_update_timeout"]);

function nearest(name: string, blocks: readonly (readonly Directive[])[]): Directive | undefined {
  for (const block of blocks) {
    const found = find(block, name);
    if (found) return found;
  }
  return undefined;
}

/** What an application takes from the blocks around it if it does not say it itself. */
const INHERITED: Rules<Directive, ApplicationScope> = {
  live: needless("the application exists"),
  ...each(STREAM_HOOKS.join(" "), importStreamHook),
  wait_key: (directive, { draft, report, application }) => {
    if (isOff(directive)) draft.set(directive, ["applications", application, "keyframeWait"], "0s");
    else report.needless(directive, "Headgate always begins with a keyframe");
  },
};

const APPLICATION: Rules<Directive, ApplicationScope> = {
  ...ANYWHERE,
  ...INHERITED,
  include,
  max_connections: becomes(["limits", "maxConnections"], number),
  pull: (directive, scope) => addTarget(directive, scope.pulls, scope),
  push: (directive, scope) => addTarget(directive, scope.pushes, scope),
};

function addTarget(directive: Directive, targets: RelayTarget[], scope: ApplicationScope): void {
  const target = relayTarget(directive, scope.application, scope.report);
  if (target) targets.push(target);
}
