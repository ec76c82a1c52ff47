import { Outlet, useRouter, useRouterState } from "@tanstack/react-router";
import { Suspense, useEffect, useState } from "react";
import { useT, withTexts } from "../i18n/index.ts";
import { queryClient } from "../rpc/query.ts";
import { onSignedOut } from "../rpc/transport.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { part } from "../ui/part.ts";
import { toast, undoNewest } from "../ui/toasts.ts";
import { useCommand } from "./commands.ts";
import { ConnectionBar } from "./ConnectionBar.tsx";
import { useLiveFeed } from "./live.ts";
import { nextPane } from "./panes.ts";
import { Rail } from "./Rail.tsx";
import css from "./Shell.module.css";

const KeysSheet = part(() => withTexts(import("./KeysSheet.tsx"), "commands").then(({ KeysSheet: component }) => component));

const loadPalette = () => withTexts(import("./Palette.tsx"), "commands", "inbox", "settings");
const Palette = part(() => loadPalette().then(({ Palette: component }) => component));

/** What surrounds every workplace: rail, connection bar, keys that work everywhere. */
export function Shell() {
  const t = useT();
  const [keys, setKeys] = useState(false);
  const [palette, setPalette] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const inConversation = /^\/inbox\/[^/]+\/[^/]+/u.test(path);
  useLiveFeed();
  useSignedOut();
  useCommand("app.help", () => setKeys(true));
  useCommand("app.palette", () => setPalette(true), { within: "anywhere" });
  useCommand("app.go", (event) => goToPlace(event));
  useCommand("app.undo", () => void undoNewest());
  useCommand("app.nextPane", (event) => event && nextPane(event), { within: "anywhere", passive: true });
  return (
    <div className={css.shell} data-deep={inConversation || undefined}>
      {inConversation && (
        <a className={css.skip} href="#composer" onClick={(event) => (event.preventDefault(), document.getElementById("composer")?.focus())}>
          {t("app.skip")}
        </a>
      )}
      <ConnectionBar />
      <Rail onKeys={() => setKeys(true)} />
      <div className={css.page}>
        <Boundary what={t("app.crashed")} shows={path}>
          <Outlet />
        </Boundary>
      </div>
      {palette && (
        <Over onClose={() => setPalette(false)}>
          <Palette onClose={() => setPalette(false)} />
        </Over>
      )}
      {keys && (
        <Over onClose={() => setKeys(false)}>
          <KeysSheet onClose={() => setKeys(false)} />
        </Over>
      )}
    </div>
  );
}

/** What opens over the page: when it cannot be drawn it goes, and says why. */
function Over({ onClose, children }: { onClose: () => void; children: React.ReactNode }) {
  const t = useT();
  return (
    <Boundary what={t("app.crashed")} onFailure={(text) => (onClose(), toast(text, { error: true }))}>
      <Suspense>{children}</Suspense>
    </Boundary>
  );
}

/** `G` and a digit: the rail's workplaces in their order. */
function goToPlace(event: KeyboardEvent | undefined): void {
  const places = document.querySelectorAll<HTMLElement>("[data-place]");
  places[Number(event?.code.slice("Digit".length)) - 1]?.click();
}

/** When the session ends, wherever that is noticed: to the sign-in, and back here after it. */
function useSignedOut(): void {
  const router = useRouter();
  useEffect(
    () =>
      onSignedOut(() => {
        const next = router.state.location.href;
        if (next.startsWith("/sign-in")) return;
        void router.navigate({ to: "/sign-in", search: { next, ended: true } }).then(() => queryClient.clear());
      }),
    [router],
  );
}
