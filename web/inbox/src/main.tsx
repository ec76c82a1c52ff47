import { createRoot } from "react-dom/client";
import { App } from "./app/App.tsx";
import { firstLanguage, needTexts, setLanguage } from "./i18n/index.ts";

// What this address will show begins to load beside the catalogue, not after it.
if (location.pathname.startsWith("/inbox") || location.pathname === "/") {
  const hint = (ahead: Promise<unknown>): unknown => ahead.catch(() => undefined); // who draws it asks again
  hint(import("./features/inbox/InboxPage.tsx"));
  hint(needTexts("inbox"));
  if (/^\/inbox\/[^/]+\/[^/]+/u.test(location.pathname)) hint(import("./features/inbox/ConversationPane.tsx"));
}

await setLanguage(firstLanguage());
const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
