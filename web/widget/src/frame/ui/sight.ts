import { useEffect, useRef } from "preact/hooks";
import { useChat, usePlace } from "./place.ts";

/**
 * A message counts as read when its end was scrolled into sight of an open, visible chat. The browser judges the whole way up, through
 * the site's page as well: nothing in a hidden panel is in sight.
 */
export function useSight(): (element: Element, id: string) => () => void {
  const { session } = usePlace();
  const { view } = useChat();
  const ids = useRef(new Map<Element, string>());
  const inSight = useRef(new Set<string>());
  const observer = useRef<IntersectionObserver | undefined>(undefined);

  const tell = (): void => {
    if (document.visibilityState !== "visible" || !session.state.view.open) return;
    // The last of them says it for all before.
    const last = session.state.messages.findLast(({ id }) => inSight.current.has(id));
    if (last) session.saw(last.id);
  };

  const watcher = (): IntersectionObserver =>
    (observer.current ??= new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const id = ids.current.get(target) ?? "";
        if (isIntersecting) inSight.current.add(id);
        else inSight.current.delete(id);
      }
      tell();
    }));

  useEffect(tell, [view.open]);
  useEffect(() => {
    document.addEventListener("visibilitychange", tell);
    return () => {
      document.removeEventListener("visibilitychange", tell);
      observer.current?.disconnect();
    };
  }, []);

  return (element, id) => {
    ids.current.set(element, id);
    watcher().observe(element);
    return () => {
      watcher().unobserve(element);
      ids.current.delete(element);
      inSight.current.delete(id);
    };
  };
}
