import { useEffect, useState } from "preact/hooks";

const NARROW = matchMedia("(max-width: 760px)");

/** Whether the page is as wide as a phone. */
export function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(NARROW.matches);
  useEffect(() => {
    const look = (): void => setNarrow(NARROW.matches);
    NARROW.addEventListener("change", look);
    return () => NARROW.removeEventListener("change", look);
  }, []);
  return isNarrow;
}
