import react from "@vitejs/plugin-react";
import { defineConfig, type PluginOption } from "vite";
import { emojiData } from "./build/emoji.ts";

const edge = process.env["OKNO_EDGE_URL"] ?? "http://127.0.0.1:8080";
const mock = process.env["VITE_MOCK"] === "1";

/** Preloads the two font files that every screen shows, so that text does not change its width after the first paint. */
function preloadFonts(): PluginOption {
  return {
    name: "okno-preload-fonts",
    transformIndexHtml: {
      order: "post",
      handler: (_html, { bundle }) =>
        Object.keys(bundle ?? {})
          .filter((name) => /golos-text-(cyrillic|latin)-wght-normal.*\.woff2$/.test(name))
          .map((name) => ({
            tag: "link",
            injectTo: "head" as const,
            attrs: { rel: "preload", as: "font", type: "font/woff2", href: `/${name}`, crossorigin: true },
          })),
    },
  };
}

/** Names stand in every file that asks for another, and hashes do not compress: seven letters tell versions apart as well. */
const NAMES = { entryFileNames: "assets/[name]-[hash:7].js", chunkFileNames: "assets/[name]-[hash:7].js", assetFileNames: "assets/[name]-[hash:7][extname]" };

/** A few files that compress well, in the order in which screens need them; what a lazy screen alone needs stays with it. */
const CHUNKS = [
  { name: "base", test: /node_modules\/(?:react|react-dom|scheduler|use-sync-external-store|@bufbuild|@connectrpc|@tanstack\/(?:query-core|react-query|router-core|react-router(?!.*useBlocker)|history|react-store|store))\//, priority: 30 },
  { name: "contracts", test: /src\/(?:gen\/okno\/(?:inbox\/v1\/(?!request|channel_account|mailing|folder)|channel\/v1\/(?:content|inbound)|live)|rpc\/(?:clients|directory|upload))/, minShareCount: 3, priority: 20, includeDependenciesRecursively: false },
  // What the list, the live feed and the dialog share.
  { name: "inbox", test: /src\/(?:features\/inbox\/(?!panel|header|letters|composer|thread(?!\/parts)|search|filter|bulk|palette|list)|rpc\/(?:live|turns|settle)|app\/(?:live|keys|commands)|ui\/(?:stored|useMedia|Time|Counter|Due|Avatar|ChannelTile|Menu|Flyout|IconButton)\.)|esm\/icons\/Icon(?:At|ArrowBackUp|Filter|Users|Search|ChevronDown|Check|Circle|CircleHalf2|AlertTriangleFilled|Settings)\.mjs/, minShareCount: 2, priority: 18, includeDependenciesRecursively: false },
  // What the dialog shares with what comes after it.
  { name: "dialog", test: /src\/(?:features\/inbox\/(?:composer\/(?:uploads|send|limits|undo|Composer\.module)|header\/(?:deeds|stateName)|thread\/(?:spans|order|context|authors|delivery|pictures|quoteText|Trouble|StyledText|Media\.module|Foot))|ui\/StatusMark)|esm\/icons\/Icon(?:ArrowUp|ArrowDown|Dots|MoodSmile|File)\.mjs/, minShareCount: 2, priority: 16, includeDependenciesRecursively: false },
  // What the sign-in needs, and so everything.
  { name: "common", test: /src\/(?:ui\/(?:Field|KeyCap|Announcer|Toasts|toasts|title|theme|cx|States|Strip|Chip)\.|i18n\/(?!ru|en)|rpc\/(?:errors|transport|query|sessions?|clock|preferences)|gen\/(?:google|okno\/(?:errors|org\/v1\/(?:session|employee))))|@mantine\/core\/esm\/core/, minShareCount: 5, priority: 10 },
  { name: "kit", test: /src\/(?:app\/Rail\.module|rpc\/(?:leaving|ids)\.|ui\/(?!form\/|list\/|(?:Page|PresenceMark|Picker|Dialog|Menu|Flyout|ChannelTile|fold|zones|Avatar|Strip|Chip|Counter|KeyCap|IconButton|initials|SourceText|sheet)\.))|esm\/icons\/IconX\.mjs/, minShareCount: 2, priority: 8, includeDependenciesRecursively: false },
  // Cards of clients: a dialog's panel needs some of it, the clients' pages all.
  { name: "crm", test: /src\/gen\/okno\/crm\/v1\/(?!lead|potential)/, minShareCount: 2, priority: 19, includeDependenciesRecursively: false },
  // What the lists and cards of clients and leads share.
  { name: "records", test: /src\/(?:ui\/(?:sheet\.|list\/|form\/(?:fields|closeGuard|focus)\.)|rpc\/(?:refusal|addressHref)\.)/, minShareCount: 2, priority: 22, includeDependenciesRecursively: false },
  // What the pages of clients and their settings share: one file, whose name stands once where each is asked for.
  { name: "cards", test: /src\/(?:features\/clients\/|gen\/okno\/crm\/v1\/(?:potential|feed|import|personal))|esm\/icons\/Icon(?:Printer|FileSpreadsheet|Gauge|UserOff|Archive|Upload|PhotoPlus)\.mjs/, minShareCount: 2, priority: 21, includeDependenciesRecursively: false },
  // Icons that several later screens share: one small file, for each file's name stands in the first open.
  { name: "icons", test: /esm\/icons\/Icon(?:Loader2|ChevronLeft|ChevronRight|PlayerPlay|Bookmark|CircleCheck|Pencil|User|Refresh|Download|Trash|ArchiveOff|Building|CopyCheck|PlugConnectedX)\.mjs/, minShareCount: 2, priority: 17, includeDependenciesRecursively: false },
  // What forms are made of comes with the first form, not with the page.
  { name: "forms", test: /src\/(?:ui\/(?:form\/(?!fields|closeGuard|focus)|Page\.|PresenceMark\.|Picker\.|Dialog\.|SourceText\.)|rpc\/schedules)|react-router\/.*useBlocker/, minShareCount: 2, priority: 5, includeDependenciesRecursively: false },
];

export default defineConfig(async () => ({
  plugins: [
    react(),
    preloadFonts(),
    emojiData(),
    mock ? (await import("./dev/plugin.ts")).mockServer() : undefined,
  ],
  build: {
    target: "es2023",
    manifest: true,
    chunkSizeWarningLimit: 700,
    rolldownOptions: { output: { ...NAMES, codeSplitting: { groups: CHUNKS } } },
  },
  worker: { format: "es" as const },
  server: {
    port: 5173,
    proxy: mock ? undefined : { "^/(okno\\.|files/|files$|exports/)": { target: edge, changeOrigin: false } },
  },
}));
