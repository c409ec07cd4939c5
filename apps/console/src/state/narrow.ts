import { useEffect, useState } from "preact/hooks";

/** As wide as a phone, and so wide that every column of a list has room. */
const NARROW = matchMedia("(max-width: 760px)");
const WIDE = matchMedia("(min-width: 1400px)");

/** Whether the page is as wide as a phone. */
export function useNarrow(): boolean {
  return useMedia(NARROW);
}

/** Whether there is room for everything. */
export function useWide(): boolean {
  return useMedia(WIDE);
}

function useMedia(media: MediaQueryList): boolean {
  const [isSo, setSo] = useState(media.matches);
  useEffect(() => {
    const look = (): void => setSo(media.matches);
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, [media]);
  return isSo;
}
