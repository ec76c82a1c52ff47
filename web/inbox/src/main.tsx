import { createRoot } from "react-dom/client";
import { App } from "./app/App.tsx";
import { firstLanguage, needTexts, setLanguage } from "./i18n/index.ts";

// What this address will show begins to load beside the catalogue, not after it.
if (location.pathname.startsWith("/inbox") || location.pathname === "/") {
  void import("./features/inbox/InboxPage.tsx");
  void needTexts("inbox");
  if (/^\/inbox\/[^/]+\/[^/]+/u.test(location.pathname)) void import("./features/inbox/ConversationPane.tsx");
}

await setLanguage(firstLanguage());
const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
