import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Button } from "../../shared/protocol.ts";
import { safeHref } from "../core/links.ts";
import type { Shown } from "../core/thread.ts";
import { clock, fullTime } from "../i18n/format.ts";
import { has, t, type Key } from "../i18n/index.ts";
import { Files } from "./Files.tsx";
import { Icon, type IconName } from "./Icon.tsx";
import { Text } from "./Text.tsx";
import { usePlace } from "./place.ts";

const FATES: Record<NonNullable<Shown["fate"]>, IconName> = { sending: "clock", sent: "check", read: "checks", failed: "alert" };

/** `album`: all messages of one group, this one included. `joined`: the one above is by the same hand. */
export type BubbleProps = { message: Shown; album: Shown[]; quoted?: Shown; joined: boolean; watch: (element: Element, id: string) => () => void };

/** One message, or one album, with its author, time and fate. */
export function Bubble({ message, album, quoted, joined, watch }: BubbleProps): VNode {
  const last = album.at(-1) ?? message;
  const author = message.own ? message.author || t("chat.staff") : t("chat.you");
  const texts = album.filter(({ text }) => text);
  const files = album.flatMap((one) => one.files);
  const end = useRef<HTMLElement>(null);
  const unseen = last.own && !last.read;
  useEffect(() => (unseen && end.current ? watch(end.current, last.id) : undefined), [unseen, last.id]);
  return (
    <article class={`bubble${message.own ? " in" : " out"}${joined ? " joined" : ""}${last.fate === "failed" ? " failed" : ""}`} aria-label={`${author}, ${clock(message.at)}`}>
      {message.own && !joined ? <p class="author">{author}</p> : null}
      <div class="body">
        {quoted ? <Quote message={quoted} /> : null}
        <Files files={files} />
        {texts.map(({ key, text, spans }) => (
          <Text key={key} text={text} spans={spans} />
        ))}
        {message.form?.length ? <Answers form={message.form} /> : null}
        <footer ref={end}>
          {last.edited ? <span>{t("fate.edited")}</span> : null}
          <time dateTime={new Date(last.at).toISOString()} title={fullTime(last.at)}>
            {clock(last.at)}
          </time>
          {last.fate ? (
            <span class={`fate ${last.fate}`} title={t(`fate.${last.fate}`)}>
              <Icon small name={FATES[last.fate]} />
              <span class="hidden">{t(`fate.${last.fate}`)}</span>
            </span>
          ) : null}
        </footer>
      </div>
      {message.buttons?.length ? <Buttons rows={message.buttons} message={message.id} /> : null}
      {last.fate === "failed" ? <Failed message={last} /> : null}
    </article>
  );
}

function Quote({ message }: { message: Shown }): VNode {
  return (
    <blockquote>
      <b>{message.own ? message.author || t("chat.staff") : t("chat.you")}</b>
      <span>{message.text || message.files[0]?.name || t("say.file")}</span>
    </blockquote>
  );
}

function Answers({ form }: { form: NonNullable<Shown["form"]> }): VNode {
  return (
    <dl>
      {form.map(({ name, title, value }) => (
        <div key={name}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What staff offers to choose from: an address is a link, the rest comes back as the visitor's message. */
function Buttons({ rows, message }: { rows: Button[][]; message: string }): VNode {
  const { session } = usePlace();
  return (
    <div class="buttons">
      {rows.flat().map(({ title, url, data }) => {
        const href = safeHref(url);
        if (href) return <a href={href} target="_blank" rel="noopener nofollow ugc">{title}</a>;
        return data === undefined ? null : (
          <button type="button" onClick={() => session.write(title, [], { message, data })}>
            {title}
          </button>
        );
      })}
    </div>
  );
}

function Failed({ message }: { message: Shown }): VNode {
  const { session, store } = usePlace();
  const key = `failed.${message.problem}`;
  const reason: Key = has(key) ? key : "failed.other";
  return (
    <p class="failure">
      <span>
        {t("fate.failed")}. {t(reason)}
      </span>
      <button type="button" onClick={() => session.retry(message.id)}>
        {t("failed.retry")}
      </button>
      <button
        type="button"
        onClick={() => {
          const text = session.discard(message.id);
          store.set("draft", text);
          dispatchEvent(new Event("okno-draft"));
        }}
      >
        {t("failed.discard")}
      </button>
    </p>
  );
}
