import { ProtocolError, type ProtocolErrorCode } from "@headgate/bytes";

/** Fails the input unless the property holds. */
export function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}

/** The code of the ProtocolError that the work throws. Any other error is a fault, and is thrown on. */
export function refusalOf(work: () => void): ProtocolErrorCode | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}
