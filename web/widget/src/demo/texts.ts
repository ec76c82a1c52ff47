export type Id = "mug" | "lamp" | "bag" | "notebook" | "blanket" | "pot";

/** Prices in whole roubles. */
export const PRICES: Record<Id, number> = { mug: 690, lamp: 4290, bag: 1190, notebook: 450, blanket: 3490, pot: 890 };

type Texts = Record<"title" | "lead" | "demo" | "inbox" | "off" | "later" | "all" | "buy" | "bought" | "ask" | "cart" | "delivery" | "back" | "language" | "missing", string> & {
  goods: Record<Id, { name: string; line: string; about: string; facts: string[] }>;
};

export const TEXTS: Record<"ru" | "en", Texts> = {
  ru: {
    title: "Демо-магазин", lead: "Вещи для дома, которые служат долго",
    demo: "Это витрина для пробы. Напишите в чат как покупатель и ответьте в другой вкладке как оператор.", inbox: "Открыть диалоги",
    off: "Чат витрины выключен или не заведён. Включают его на странице каналов, заводит команда okno seed-demo.",
    later: "Чат сейчас не отвечает. Обновите страницу чуть позже.",
    all: "Каталог", buy: "В корзину", bought: "В корзине", ask: "Спросить о товаре", cart: "Корзина", delivery: "Доставка 2–4 дня, возврат 14 дней", back: "К каталогу", language: "English", missing: "Такой страницы нет.",
    goods: {
      mug: { name: "Кружка «Утро»", line: "Керамика, 350 мл", about: "Толстые стенки держат тепло, ручка рассчитана на четыре пальца. Глазурь без свинца.", facts: ["350 мл", "Можно в посудомоечную машину", "Можно в микроволновую печь"] },
      lamp: { name: "Лампа «Маяк»", line: "Тёплый свет, три яркости", about: "Свет 2700 К не режет глаза вечером. Яркость меняется касанием основания.", facts: ["9 Вт, цоколь E27", "Высота 42 см", "Провод 1,8 м в тканевой оплётке"] },
      bag: { name: "Сумка «Рынок»", line: "Плотный хлопок, 12 л", about: "Держит форму и десять килограммов. Внутри карман для ключей и телефона.", facts: ["Хлопок 340 г/м²", "38 × 40 × 10 см", "Стирка при 40 °C"] },
      notebook: { name: "Блокнот «Строка»", line: "96 листов в точку", about: "Бумага 100 г/м² не просвечивает под перьевой ручкой. Раскрывается на 180°.", facts: ["A5, 96 листов", "Сшит ниткой", "Закладка и карман"] },
      blanket: { name: "Плед «Север»", line: "Шерсть и хлопок, 140 × 200 см", about: "Тёплый и не колется: шерсть внутри, хлопок снаружи. Не скатывается после стирки.", facts: ["60 % шерсть, 40 % хлопок", "140 × 200 см", "Ручная стирка"] },
      pot: { name: "Горшок «Росток»", line: "С поддоном, 14 см", about: "Пористая глина пропускает воздух к корням. Поддон уже внутри.", facts: ["Диаметр 14 см", "Высота 13 см", "Глина без глазури"] },
    },
  },
  en: {
    title: "Demo shop", lead: "Things for the home that last",
    demo: "This is a shop to try things out. Write in the chat as a customer and answer in another tab as an operator.", inbox: "Open the inbox",
    off: "The shop's chat is switched off or does not exist. The channels page switches it on, okno seed-demo makes it.",
    later: "The chat does not answer now. Reload the page a little later.",
    all: "Catalogue", buy: "Add to cart", bought: "In the cart", ask: "Ask about it", cart: "Cart", delivery: "Delivery in 2–4 days, returns within 14", back: "To the catalogue", language: "Русский", missing: "There is no such page.",
    goods: {
      mug: { name: "Mug “Morning”", line: "Stoneware, 350 ml", about: "Thick walls keep the heat, the handle has room for four fingers. Lead-free glaze.", facts: ["350 ml", "Dishwasher safe", "Microwave safe"] },
      lamp: { name: "Lamp “Lighthouse”", line: "Warm light, three levels", about: "Light of 2700 K is easy on the eyes at night. A touch of the base changes its brightness.", facts: ["9 W, E27", "42 cm high", "1.8 m of cloth-covered cord"] },
      bag: { name: "Bag “Market”", line: "Heavy cotton, 12 l", about: "Keeps its shape and carries ten kilograms. Inside there is a pocket for keys and phone.", facts: ["Cotton, 340 g/m²", "38 × 40 × 10 cm", "Washable at 40 °C"] },
      notebook: { name: "Notebook “Line”", line: "96 dotted sheets", about: "100 g/m² paper does not show ink through. Opens flat.", facts: ["A5, 96 sheets", "Thread-sewn", "Ribbon and pocket"] },
      blanket: { name: "Blanket “North”", line: "Wool and cotton, 140 × 200 cm", about: "Warm and soft: wool inside, cotton outside. Does not pill after washing.", facts: ["60 % wool, 40 % cotton", "140 × 200 cm", "Hand wash"] },
      pot: { name: "Pot “Sprout”", line: "With a saucer, 14 cm", about: "Porous clay lets air to the roots. The saucer is inside already.", facts: ["14 cm across", "13 cm high", "Unglazed clay"] },
    },
  },
};
