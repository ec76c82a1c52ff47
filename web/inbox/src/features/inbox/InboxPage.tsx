import { Suspense, useCallback, useEffect, useRef } from "react";
import { useCommand } from "../../app/commands.ts";
import { t, useT, withTexts } from "../../i18n/index.ts";
import { setPreference, usePreference } from "../../rpc/preferences.ts";
import { Boundary } from "../../ui/Boundary.tsx";
import { fetchAhead, part } from "../../ui/part.ts";
import { Resizer } from "../../ui/Resizer.tsx";
import { SkeletonRows } from "../../ui/States.tsx";
import { useStoredNumber } from "../../ui/stored.ts";
import { THREE_PANES, useMedia, WIDE } from "../../ui/useMedia.ts";
import css from "./InboxPage.module.css";
import { ListPane } from "./list/ListPane.tsx";
import { useInboxGo, useInboxPlace } from "./location.ts";
import { useTitle } from "../../ui/title.ts";

const ConversationPane = part(() => import("./ConversationPane.tsx").then(({ ConversationPane: component }) => component));
const CustomerPanel = part(() => withTexts(import("./panel/CustomerPanel.tsx"), "work").then(({ CustomerPanel: component }) => component), { ahead: true });

const NothingOpen = part(() => withTexts(import("./NothingOpen.tsx"), "work", "commands").then(({ NothingOpen: component }) => component));

const PREFETCH_MS = 500;
const LIST_MIN = 320;
const LIST_MAX = 440;
const LIST_NARROW = 300;

/** Three panes side by side, two with a drawer, or one at a time: by width alone. */
export function InboxPage() {
  useT();
  const { conversationId, search } = useInboxPlace();
  const wide = useMedia(WIDE);
  const threePanes = useMedia(THREE_PANES);
  const [width, setWidth] = useStoredNumber("okno.list", 360);
  const rows = useRef<readonly string[]>([]);
  const onRows = useCallback((ids: readonly string[]) => {
    rows.current = ids;
  }, []);
  const panel = usePanel(wide);
  const step = useStep(rows);

  // The list is drawn: what the first click will need comes now, then what is needed without a network.
  useEffect(() => {
    const timer = setTimeout(() => (ConversationPane.fetch(), fetchAhead()), PREFETCH_MS);
    return () => clearTimeout(timer);
  }, []);
  useTitle(conversationId ? "" : t("inbox.title"));
  const folded = usePreference("list") === "closed" && conversationId !== "";
  useCommand("app.list", () => setPreference("list", folded ? "" : "closed"), { enabled: threePanes && conversationId !== "" });
  const showList = threePanes ? !folded : !conversationId;
  // Alone on the screen, the list is what the page is about.
  const ListTag = threePanes ? "div" : "main";
  return (
    <div className={css.panes}>
      {showList && (
        <ListTag className={css.list} style={threePanes ? { width: wide ? width : LIST_NARROW } : undefined}>
          <Boundary what={t("inbox.crashed")}>
            <ListPane onRows={onRows}>{wide && <Resizer label={t("inbox.resize")} value={width} min={LIST_MIN} max={LIST_MAX} onChange={setWidth} />}</ListPane>
          </Boundary>
        </ListTag>
      )}
      {(threePanes || conversationId) && (
        <main className={css.work} aria-label={t("thread.label")}>
          {conversationId ? (
            <Boundary key={conversationId} what={t("thread.crashed")}>
              <Suspense fallback={<SkeletonRows rows={4} height={72} />}>
                <ConversationPane conversationId={conversationId} around={BigInt(search.m ?? 0)} panelOpen={panel.open} onPanel={panel.toggle} onNext={step.next} />
              </Suspense>
            </Boundary>
          ) : (
            <Boundary what={t("app.crashed")}>
              <Suspense>
                <NothingOpen />
              </Suspense>
            </Boundary>
          )}
        </main>
      )}
      {conversationId && panel.open && (
        <aside className={wide ? css.panel : css.drawer} aria-label={t("panel.label")} data-pane>
          <Boundary key={conversationId} what={t("panel.crashed")}>
            <Suspense>
              <CustomerPanel conversationId={conversationId} onClose={panel.toggle} />
            </Suspense>
          </Boundary>
        </aside>
      )}
    </div>
  );
}

/** Beside the thread it stays open until it is folded; over the thread it is in the URL, so that Back closes it. */
function usePanel(wide: boolean): { open: boolean; toggle: () => void } {
  const go = useInboxGo();
  const { search } = useInboxPlace();
  const folded = usePreference("panel") === "closed";
  const open = wide ? !folded : search.panel === "customer";
  const toggle = (): void => {
    if (wide) setPreference("panel", open ? "closed" : "");
    else void go.search({ panel: open ? undefined : "customer" });
  };
  useCommand("app.panel", toggle);
  return { open, toggle };
}

/** The neighbours of the open conversation, in the order on screen. */
function useStep(rows: React.RefObject<readonly string[]>): { next: () => void } {
  const go = useInboxGo();
  const { conversationId } = useInboxPlace();
  const step = (by: number): void => {
    const ids = rows.current;
    const at = ids.indexOf(conversationId);
    const to = at < 0 ? ids[0] : ids[at + by];
    if (to) void go.open(to);
  };
  const next = (): void => {
    const ids = rows.current;
    const at = ids.indexOf(conversationId);
    const to = ids[at + 1] ?? ids[at - 1];
    void (to ? go.open(to) : go.list());
  };
  useCommand("conversation.nextOne", () => step(1), { within: "anywhere" });
  useCommand("conversation.previousOne", () => step(-1), { within: "anywhere" });
  return { next };
}
