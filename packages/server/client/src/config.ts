import { file, flag, type Section } from "@headgate/config";

/** Settings of connections to other servers. */
export interface OutwardOptions {
  readonly caFile: string;
  readonly insecure: boolean;
}

export const OUTWARD: Section<OutwardOptions> = {
  caFile: file("caFile", {
    default: "",
    reload: "restart",
    description: "A file with trusted authorities, in PEM form, instead of the usual ones.",
  }),
  insecure: flag("insecure", {
    default: false,
    reload: "restart",
    description: "Accept certificates that cannot be verified.",
  }),
};
