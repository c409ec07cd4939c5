import type { SessionFaults } from "./fault-log.ts";

/** For tests in which there is to be no fault. */
export const FAULTS: SessionFaults = {
  report: (_, error) => {
    throw error;
  },
  unrecoverable: (error) => {
    throw error;
  },
};
