import { create } from "@bufbuild/protobuf";
import { type GatewayDescription, GatewayDescriptionSchema, SettingsFieldKind, TextUnit } from "../src/gen/okno/channel/v1/gateway_pb.ts";

/** A second gateway, with the kinds of fields and the snippets that the first has not. */
export const WEBCHAT: GatewayDescription = create(GatewayDescriptionSchema, {
  channel: "webchat",
  title: { ru: "Чат на сайте", en: "Web chat" },
  capabilities: { textLimit: 4000, textUnit: TextUnit.CODE_POINTS },
  settings: {
    fields: [
      {
        name: "sites",
        kind: SettingsFieldKind.LINES,
        title: { ru: "Сайты", en: "Sites" },
        help: { ru: "По одному адресу в строке", en: "One address a line" },
        required: true,
        pattern: "^https://[a-z0-9.-]+$",
        placeholder: "https://shop.example",
      },
      { name: "color", kind: SettingsFieldKind.COLOR, title: { ru: "Цвет кнопки", en: "Colour of the button" }, help: { ru: "Цвет текста подберётся сам", en: "The colour of its text follows" }, defaultValue: "#1b62cc" },
      { name: "greeting", kind: SettingsFieldKind.TEXT, title: { ru: "Приветствие", en: "Greeting" }, advanced: true },
      { name: "files", kind: SettingsFieldKind.SWITCH, title: { ru: "Принимать файлы", en: "Take files" }, help: { ru: "До 20 МБ", en: "Up to 20 MB" }, advanced: true, defaultValue: "true" },
    ],
    steps: [
      { ru: "Впишите адреса сайтов, на которых будет чат.", en: "Enter the addresses of the sites that will have the chat." },
      { ru: "Вставьте код чата перед </body> на каждой странице.", en: "Paste the chat's code before </body> on every page." },
    ],
    remedies: { settings: { ru: "Исправьте настройки чата.", en: "Correct the chat's settings." } },
    snippets: [
      {
        title: { ru: "Код чата", en: "The chat's code" },
        help: { ru: "Вставьте перед </body>. Код загружается после страницы.", en: "Paste it before </body>. It loads after the page." },
        text: "<script>\n  window.OknoChat = window.OknoChat || function () { (OknoChat.q = OknoChat.q || []).push(arguments); };\n  OknoChat('init', { site: '{account_id}' });\n</script>\n<script async src=\"https://okno.example/webchat/okno.js\"></script>",
      },
    ],
  },
});

/** For MOCK_LETTERS: a mailbox is connected by a password, or by its owner's consent. */
export const EMAIL: GatewayDescription = create(GatewayDescriptionSchema, {
  channel: "email",
  title: { ru: "Почта", en: "E-mail" },
  capabilities: { textLimit: 100_000, textUnit: TextUnit.CODE_POINTS, replies: true, letters: true },
  settings: {
    fields: [
      { name: "address", kind: SettingsFieldKind.TEXT, title: { ru: "Адрес", en: "Address" }, required: true, pattern: "^[^@\\s]+@[^@\\s]+$", placeholder: "support@example.com" },
      { name: "password", kind: SettingsFieldKind.TEXT, title: { ru: "Пароль", en: "Password" }, secret: true },
      { name: "oauth_client_id", kind: SettingsFieldKind.TEXT, title: { ru: "OAuth: номер приложения", en: "OAuth: client id" } },
      { name: "oauth_refresh_token", kind: SettingsFieldKind.TEXT, title: { ru: "OAuth: согласие", en: "OAuth: consent" }, secret: true, advanced: true },
    ],
    consent: { field: "oauth_refresh_token", title: { ru: "Войти через почтовую службу", en: "Sign in at the mail service" }, needs: ["address", "oauth_client_id"] },
  },
});
