import { useEffect } from "react";
import { t, useT } from "../i18n/index.ts";

let page = "";
let unread = 0;

function show(): void {
  const title = page ? t("app.title", { page }) : t("app.name");
  document.title = unread > 0 ? `(${unread}) ${title}` : title;
}

/** Names the page in the browser's tab: "Анна Ким · Диалоги · Okno". Empty: someone else names it. */
export function useTitle(...parts: readonly string[]): void {
  useT();
  const name = parts.filter(Boolean).join(" · ");
  useEffect(() => {
    if (!name) return;
    page = name;
    show();
  }, [name]);
}

/** How much waits for this reader, in front of every title. */
export function useTitleCount(n: number): void {
  useEffect(() => {
    unread = n;
    show();
  }, [n]);
}
