export {
  APPLICATION_HOOKS,
  HOOKS,
  type HookOptions,
  type HooksOptions,
  hookMistakes,
} from "./config.ts";
export type { BeginHookSpan, HookTracer } from "./hook-tracer.ts";
export { hooksFeature } from "./hooks-feature.ts";
