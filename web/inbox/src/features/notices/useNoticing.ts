import { useEffect, useRef } from "react";
import { useEmployees } from "../../rpc/directory.ts";
import { onLive } from "../../rpc/live/hub.ts";
import { useMe } from "../../rpc/session.ts";
import { NoticeFeed } from "./feed.ts";
import { holdOpen, Lead } from "./locks.ts";
import { type Open, ring } from "./ring.ts";
import { openNotices, readNotices } from "./store.ts";
import { wakeSound } from "./tones.ts";

/** Listens for what may ring, for as long as someone is signed in. `shown` is the conversation on screen. */
export function useNoticing(shown: string, open: Open): void {
  const me = useMe().employee;
  const employees = useEmployees();
  const now = useRef({ me, employees, open });
  now.current = { me, employees, open };
  const employeeId = me?.employeeId ?? "";

  useEffect(() => {
    const lead = new Lead();
    const channel = new BroadcastChannel(`okno-notices-${employeeId}`);
    const feed = new NoticeFeed({
      me: () => now.current.me,
      isLead: () => lead.held,
      say: (messageIds) => channel.postMessage(messageIds),
      tell: (facts) => void ring(facts, now.current.employees, (notice) => now.current.open(notice)),
    });
    channel.onmessage = ({ data }: MessageEvent<readonly string[]>) => feed.hearTold(data);
    const ends = [lead.start(() => feed.lead()), openNotices(employeeId), onLive((message) => feed.receive(message)), listenForTouch(), () => feed.stop(), () => channel.close()];
    return () => ends.forEach((end) => end());
  }, [employeeId]);

  useEffect(() => {
    if (!shown) return;
    let release: (() => void) | undefined;
    const follow = (): void => {
      const visible = document.visibilityState === "visible";
      if (visible) readNotices(shown);
      if (visible && !release) release = holdOpen(shown);
      if (!visible) {
        release?.();
        release = undefined;
      }
    };
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      release?.();
    };
  }, [shown]);
}

function listenForTouch(): () => void {
  const stop = new AbortController();
  for (const event of ["pointerdown", "keydown"] as const) addEventListener(event, wakeSound, { capture: true, passive: true, once: true, signal: stop.signal });
  return () => stop.abort();
}
