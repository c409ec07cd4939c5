export type { Environment } from "./environment.ts";
export type { AnySection, Field, Section } from "./field.ts";
export { list, listOf, someOf } from "./list.ts";
export type { Mistake } from "./mistake.ts";
export { optional, parsed, value } from "./parsed.ts";
export { type ConfigFile, readConfiguration } from "./read-configuration.ts";
export { count, duration, file, flag, oneOf, size, text } from "./scalars.ts";
export { defaultsOf, group, namedSections, orWord } from "./section.ts";
export { GIB, HOUR, KIB, MIB, MINUTE, SECOND } from "./units.ts";
