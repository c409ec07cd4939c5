/** For tests in which the code under test is to have no fault. */
export const NO_FAULTS: {
  report(scope: string, error: unknown): void;
  unrecoverable(error: unknown): void;
} = {
  report: (_, error) => {
    throw error;
  },
  unrecoverable: (error) => {
    throw error;
  },
};
