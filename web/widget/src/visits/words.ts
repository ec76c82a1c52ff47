type Words = { name: string; text: string; forms: string; policy: string; yes: string; no: string };

/** The few words of the question. Both languages have the same keys: the compiler sees to it. */
export const WORDS: Record<"ru" | "en", Words> = {
  ru: {
    name: "Согласие на историю посещений",
    text: "Можно запомнить, какие страницы вы смотрите? Так мы быстрее поможем, если вы напишете. Согласие можно отозвать, тогда всё будет удалено.",
    forms: "Можно запомнить, какие страницы вы смотрите и какие контакты оставляете в формах? Так мы быстрее поможем, если вы напишете. Согласие можно отозвать, тогда всё будет удалено.",
    policy: "Политика обработки данных",
    yes: "Можно",
    no: "Нет",
  },
  en: {
    name: "Consent to remember visits",
    text: "May we remember which pages you look at? It helps us help you sooner if you write. You may take this back, and then all of it is deleted.",
    forms: "May we remember which pages you look at and what contacts you leave in forms? It helps us help you sooner if you write. You may take this back, and then all of it is deleted.",
    policy: "Privacy policy",
    yes: "Yes",
    no: "No",
  },
};
