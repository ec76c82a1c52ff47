import { createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { isView, savedViewId } from "../features/inbox/filter.ts";
import { readSearch } from "../features/inbox/search.ts";
import { withTexts } from "../i18n/index.ts";
import { screen } from "./screen.ts";
import { settingsRoutes } from "./settingsRoutes.ts";
import { root, signedIn } from "./signedIn.ts";

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (raw: Record<string, unknown>): { next?: string | undefined; ended?: true | undefined } => ({
    next: typeof raw["next"] === "string" && /^\/(?!\/)/u.test(raw["next"]) ? raw["next"] : undefined,
    ended: raw["ended"] === true ? true : undefined,
  }),
  component: lazyRouteComponent(() => import("../features/sign-in/SignIn.tsx"), "SignIn"),
});

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/inbox/$view", params: { view: "mine" } });
  },
});

const inboxHome = createRoute({
  getParentRoute: () => signedIn,
  path: "/inbox",
  beforeLoad: () => {
    throw redirect({ to: "/inbox/$view", params: { view: "mine" } });
  },
});

const inbox = createRoute({
  getParentRoute: () => signedIn,
  path: "/inbox/$view",
  validateSearch: readSearch,
  beforeLoad: ({ params }) => {
    if (!isView(params.view) && !savedViewId(params.view)) throw redirect({ to: "/inbox/$view", params: { view: "mine" } });
  },
  component: screen(() => withTexts(import("../features/inbox/InboxPage.tsx"), "inbox"), "InboxPage"),
});

/** The open conversation is part of the inbox's screen: the list above it is never drawn anew. */
const conversation = createRoute({ getParentRoute: () => inbox, path: "/$conversationId", component: () => null });

/** The screen reads its own search, and draws the open card itself. */
const clients = createRoute({
  getParentRoute: () => signedIn,
  path: "/clients",
  validateSearch: (raw: Record<string, unknown>) => raw,
  component: screen(() => withTexts(import("../features/clients/ClientsScreen.tsx"), "clients", "settings"), "ClientsScreen"),
});
const client = createRoute({ getParentRoute: () => clients, path: "/$clientId", component: () => null });

const leads = createRoute({
  getParentRoute: () => signedIn,
  path: "/leads",
  validateSearch: (raw: Record<string, unknown>) => raw,
  component: screen(() => withTexts(import("../features/leads/LeadsScreen.tsx"), "leads", "clients", "settings"), "LeadsScreen"),
});
const lead = createRoute({ getParentRoute: () => leads, path: "/$leadId", component: () => null });

const routeTree = root.addChildren([
  home,
  signIn,
  signedIn.addChildren([inboxHome, inbox.addChildren([conversation]), clients.addChildren([client]), leads.addChildren([lead]), settingsRoutes]),
]);

export const router = createRouter({ routeTree, defaultPreload: "intent", defaultPreloadDelay: 80, scrollRestoration: false });

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
