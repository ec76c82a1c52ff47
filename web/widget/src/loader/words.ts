type Words = { title: string; open: string; close: string; unread: string };

/** The few words of the button. Both languages have the same keys: the compiler sees to it. */
export const WORDS: Record<"ru" | "en", Words> = {
  ru: { title: "Чат", open: "Открыть чат", close: "Закрыть чат", unread: "новых" },
  en: { title: "Chat", open: "Open chat", close: "Close chat", unread: "unread" },
};
