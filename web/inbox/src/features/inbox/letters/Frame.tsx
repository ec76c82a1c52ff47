import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { FOLD_ID, SANDBOX } from "./frame.ts";
import css from "./Letter.module.css";

const FIRST_PX = 120;
/** How high letters were when they were seen last: those that come into sight again move nothing. */
const heights = new Map<string, number>();

type Props = { messageId: string; title: string; srcdoc: string; unfolded: boolean };

/** The letter as its sender made it, as high as it is. */
export function Frame({ messageId, title, srcdoc, unfolded }: Props) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(() => heights.get(messageId) ?? FIRST_PX);
  const [loaded, setLoaded] = useState<Document>();
  useEffect(() => {
    if (!loaded) return undefined;
    const measure = (): void => {
      const root = loaded.documentElement;
      const bar = root.scrollWidth > root.clientWidth ? 16 : 0;
      const now = Math.ceil(loaded.body.getBoundingClientRect().height) + bar;
      heights.set(messageId, now);
      setHeight(now);
    };
    const resized = new ResizeObserver(measure);
    resized.observe(loaded.body);
    measure();
    // Keys of the page work while the letter has the focus; it has none of its own.
    const pass = (event: KeyboardEvent): void => {
      const here = new KeyboardEvent(event.type, { key: event.key, code: event.code, altKey: event.altKey, ctrlKey: event.ctrlKey, metaKey: event.metaKey, shiftKey: event.shiftKey, bubbles: true, cancelable: true });
      if (frame.current && !frame.current.dispatchEvent(here)) event.preventDefault();
    };
    loaded.addEventListener("keydown", pass);
    return () => {
      resized.disconnect();
      loaded.removeEventListener("keydown", pass);
    };
  }, [loaded, messageId]);
  useLayoutEffect(() => {
    const fold = loaded?.getElementById(FOLD_ID);
    if (fold) fold.hidden = !unfolded;
  }, [loaded, unfolded]);
  return <iframe ref={frame} className={css.frame} title={title} sandbox={SANDBOX} srcDoc={srcdoc} height={height} onLoad={(event) => setLoaded(event.currentTarget.contentDocument ?? undefined)} />;
}
