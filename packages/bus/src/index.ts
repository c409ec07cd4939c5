export {
  type ApplicationOptions,
  DEFAULT_APPLICATION_OPTIONS,
  type LagPolicy,
  type PublisherPolicy,
} from "./application-options.ts";
