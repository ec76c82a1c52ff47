import { Fragment, type VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { shown, type Shown } from "../core/thread.ts";
import { dayOf, dayTitle } from "../i18n/format.ts";
import { t } from "../i18n/index.ts";
import { Bubble } from "./Bubble.tsx";
import { Icon } from "./Icon.tsx";
import { Typing } from "./Typing.tsx";
import { useChat, usePlace } from "./place.ts";
import { useSight } from "./sight.ts";

const NEAR_PX = 80;
const JOIN_MS = 300_000;

/** The conversation. Silent for screen readers: what is new is said by the announcer. */
export function Log(): VNode {
  const { session } = usePlace();
  const { messages, out, more, loading, config, known, token, welcomed, lapsed, skew } = useChat();
  const list = shown(messages, out);
  const box = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  const watch = useSight();
  const place = useStay(box, list, away);
  return (
    <div class="log-frame">
      <div
        ref={box} class="log" role="log" aria-live="off" aria-label={t("chat.log")} tabIndex={0}
        onScroll={({ currentTarget: element }) => {
          place();
          setAway(element.scrollHeight - element.scrollTop - element.clientHeight > NEAR_PX);
          if (element.scrollTop < NEAR_PX) session.older();
        }}
      >
        <div class="messages">
          {more ? (
            <button type="button" class="quiet" onClick={() => session.older()} aria-disabled={loading ? "true" : undefined}>
              {t("chat.older")}
            </button>
          ) : null}
          {config.greeting && !more ? <Greeting text={config.greeting} /> : null}
          {list.length === 0 && !config.greeting && !lapsed ? <p class="nothing">{t(token && welcomed && !known ? "chat.loading" : "chat.empty")}</p> : null}
          {lapsed ? <p class="note" role="status">{t("chat.lapsed")}</p> : null}
          {list.map((message, index) => (
            <Row key={message.key} list={list} index={index} watch={watch} now={Date.now() + (skew ?? 0)} />
          ))}
          <Typing />
        </div>
      </div>
      {away ? (
        <button type="button" class="newest" aria-label={t("chat.newest")} title={t("chat.newest")} onClick={() => box.current?.scrollTo({ top: box.current.scrollHeight })}>
          <Icon name="down" />
        </button>
      ) : null}
    </div>
  );
}

/** Keeps the end in view while one is there, and what is read where it is when older ones come in above. */
function useStay(box: { current: HTMLDivElement | null }, list: Shown[], away: boolean): () => void {
  const before = useRef({ first: "", last: "", height: 0, top: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const first = list[0]?.key ?? "";
    const last = list.at(-1);
    const mine = last && !last.own && last.key !== before.current.last;
    if (!away || mine) element.scrollTop = element.scrollHeight;
    else if (first !== before.current.first) element.scrollTop = before.current.top + element.scrollHeight - before.current.height;
    before.current = { first, last: last?.key ?? "", height: element.scrollHeight, top: element.scrollTop };
  });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    // Images and the growing field change the room; the end stays the end.
    const observer = new ResizeObserver(() => {
      if (before.current.height - before.current.top - element.clientHeight < NEAR_PX * 2) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    if (element.firstElementChild) observer.observe(element.firstElementChild);
    return () => observer.disconnect();
  }, []);
  return () => {
    if (box.current) before.current = { ...before.current, height: box.current.scrollHeight, top: box.current.scrollTop };
  };
}

type RowProps = { list: Shown[]; index: number; now: number; watch: (element: Element, id: string) => () => void };

function Row({ list, index, now, watch }: RowProps): VNode | null {
  const message = list[index] as Shown;
  const above = list[index - 1];
  // An album is drawn with its first message.
  if (message.group && above?.group === message.group && above.own === message.own) return null;
  const newDay = !above || dayOf(above.at) !== dayOf(message.at);
  const joined = !newDay && above.own === message.own && above.author === message.author && message.at - above.at < JOIN_MS;
  return (
    <Fragment>
      {newDay ? (
        <p class="day">
          <time dateTime={new Date(message.at).toISOString().slice(0, 10)}>{dayTitle(message.at, now)}</time>
        </p>
      ) : null}
      <Bubble message={message} album={albumOf(list, index)} quoted={quotedBy(message, list)} joined={joined} watch={watch} />
    </Fragment>
  );
}

/** The visitor's own message is named as their browser named it, which knows no other name until the page is loaded anew. */
function quotedBy({ reply_to }: Shown, list: Shown[]): Shown | undefined {
  return reply_to === undefined ? undefined : list.find(({ id, client }) => id === reply_to || client === reply_to);
}

function albumOf(list: Shown[], index: number): Shown[] {
  const first = list[index] as Shown;
  if (!first.group) return [first];
  const rest = list.slice(index);
  const end = rest.findIndex(({ group, own }) => group !== first.group || own !== first.own);
  return end < 0 ? rest : rest.slice(0, end);
}

function Greeting({ text }: { text: string }): VNode {
  return (
    <div class="bubble in">
      <div class="body">
        <p class="text">{text}</p>
      </div>
    </div>
  );
}
