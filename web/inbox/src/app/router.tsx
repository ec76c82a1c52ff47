import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { readSearch } from "../features/inbox/location.ts";
import { isView } from "../features/inbox/filter.ts";
import { setLanguage, withTexts } from "../i18n/index.ts";
import { problemOf } from "../rpc/errors.ts";
import { takePreferences } from "../rpc/preferences.ts";
import { queryClient } from "../rpc/query.ts";
import { meOptions } from "../rpc/session.ts";
import { Crashed, NotFound, Unreachable } from "./Fallbacks.tsx";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Crashed });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (raw: Record<string, unknown>): { next?: string | undefined; ended?: true | undefined } => ({
    next: typeof raw["next"] === "string" && /^\/(?!\/)/u.test(raw["next"]) ? raw["next"] : undefined,
    ended: raw["ended"] === true ? true : undefined,
  }),
  component: lazyRouteComponent(() => import("../features/sign-in/SignIn.tsx"), "SignIn"),
});

/** Everything behind the sign-in. Without a session it leads there and back again. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  beforeLoad: async ({ location }) => {
    // Once per session: what was chosen since stands in the page, not in this answer.
    if (queryClient.getQueryData(meOptions.queryKey)) return;
    try {
      const { employee, preferences } = await queryClient.ensureQueryData(meOptions);
      takePreferences(preferences);
      if (employee?.language === "ru" || employee?.language === "en") await setLanguage(employee.language);
    } catch (error) {
      if (problemOf(error).reason === "NOT_SIGNED_IN") throw redirect({ to: "/sign-in", search: { next: location.href } });
      throw error;
    }
  },
  component: lazyRouteComponent(() => import("./Shell.tsx"), "Shell"),
  errorComponent: Unreachable,
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
    if (!isView(params.view)) throw redirect({ to: "/inbox/$view", params: { view: "mine" } });
  },
  component: lazyRouteComponent(() => withTexts(import("../features/inbox/InboxPage.tsx"), "inbox"), "InboxPage"),
});

/** The open conversation is part of the inbox's screen: the list above it is never drawn anew. */
const conversation = createRoute({ getParentRoute: () => inbox, path: "/$conversationId", component: () => null });

const settings = createRoute({
  getParentRoute: () => signedIn,
  path: "/settings",
  component: lazyRouteComponent(() => withTexts(import("./SettingsLayout.tsx"), "settings"), "SettingsLayout"),
});

const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/settings/channels" });
  },
});

const channels = createRoute({
  getParentRoute: () => settings,
  path: "/channels",
  component: lazyRouteComponent(() => import("../features/channels/ChannelsPage.tsx"), "ChannelsPage"),
});

const connect = createRoute({
  getParentRoute: () => settings,
  path: "/channels/new/$channel",
  validateSearch: (raw: Record<string, unknown>): { account?: string | undefined } => ({ account: typeof raw["account"] === "string" ? raw["account"] : undefined }),
  component: lazyRouteComponent(() => import("../features/channels/ConnectPage.tsx"), "ConnectPage"),
});

const account = createRoute({
  getParentRoute: () => settings,
  path: "/channels/$accountId",
  component: lazyRouteComponent(() => import("../features/channels/AccountPage.tsx"), "AccountPage"),
});

const profile = createRoute({
  getParentRoute: () => settings,
  path: "/profile",
  component: lazyRouteComponent(() => import("../features/profile/ProfilePage.tsx"), "ProfilePage"),
});

const routeTree = root.addChildren([
  home,
  signIn,
  signedIn.addChildren([inboxHome, inbox.addChildren([conversation]), settings.addChildren([settingsHome, channels, connect, account, profile])]),
]);

export const router = createRouter({ routeTree, defaultPreload: "intent", defaultPreloadDelay: 80, scrollRestoration: false });

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
