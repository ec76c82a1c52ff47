import { IconBuilding, IconTargetArrow, IconUser, IconUsers } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useClientSearch, useContactSearch } from "../features/clients/palette.ts";
import { useConversationSearch, useMessageSearch } from "../features/inbox/palette.ts";
import { VIEWS, savedViewPath } from "../features/inbox/filter.ts";
import { useSavedViews } from "../features/inbox/savedViews.ts";
import { useLeadSearch } from "../features/leads/palette.ts";
import { commands as english } from "../i18n/en/commands.ts";
import { type Key, t, useT } from "../i18n/index.ts";
import { commands as russian } from "../i18n/ru/commands.ts";
import { ChannelTile } from "../ui/ChannelTile.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { matches } from "../ui/fold.ts";
import { Picker, type PickerItem } from "../ui/Picker.tsx";
import { boundCommands, type CommandGroup, type CommandId, COMMANDS, keyOf, runCommand } from "./commands.ts";
import { GROUPS } from "./SettingsLayout.tsx";

/** Moves of the hand, not things one looks for by name. */
const UNNAMED = new Set<CommandId>(["app.palette", "app.go", "app.back", "app.nextPane", "list.next", "list.previous", "list.open", "list.extendDown", "list.extendUp", "list.unselect", "composer.send", "composer.sendAndFinish", "composer.takeBack", "composer.editLast"]);

/** What fits the open thing comes first; within a group, the order of the table. */
const ORDER: readonly CommandGroup[] = ["conversation", "composer", "lists", "everywhere"];
const NAMES = Object.keys(COMMANDS) as CommandId[];

const SEARCH_PAUSE_MS = 120;
const SEARCH_FROM = 2;

type Entry = PickerItem & { run: () => void; /** What it is called besides its name. */ also?: readonly string[] };

/** Ctrl+K: what can be done here, where one can go, who and what was written, which clients, people and leads there are. Each row shows its key: that is how people learn. */
export function Palette({ onClose }: { onClose: () => void }) {
  useT();
  const [query, setQuery] = useState("");
  const entries = [...useDeeds(), ...usePlaces()].filter((entry) => [entry.name, ...(entry.also ?? [])].some((name) => matches(name, query)));
  const found = useFound(query);
  const shown = [...entries, ...found];
  return (
    <Dialog title={t("command.palette")} onClose={onClose} wide>
      <Picker
        label={t("command.paletteField")}
        items={shown}
        query={query}
        onQuery={setQuery}
        empty={t("command.paletteEmpty")}
        onPick={(item) => {
          onClose();
          const { run } = shown.find((entry) => entry.id === item.id) ?? {};
          // The dialog gives the focus back first: what is done may want it elsewhere.
          if (run) setTimeout(run);
        }}
      />
    </Dialog>
  );
}

/** What is bound on the screen below, as it was when the palette opened. */
function useDeeds(): Entry[] {
  const [ids] = useState(boundCommands);
  return ids
    .filter((id) => !UNNAMED.has(id))
    .sort((a, b) => ORDER.indexOf(COMMANDS[a].group) - ORDER.indexOf(COMMANDS[b].group) || NAMES.indexOf(a) - NAMES.indexOf(b))
    .map((id): Entry => {
      const { label } = COMMANDS[id];
      return { id, name: t(label), detail: keyOf(id), group: t("command.group.here"), run: () => void runCommand(id), also: inBothLanguages(label) };
    });
}

function inBothLanguages(label: Key): string[] {
  return [english, russian].map((catalogue) => (catalogue as Partial<Record<Key, string>>)[label] ?? "");
}

function usePlaces(): Entry[] {
  const navigate = useNavigate();
  const { views } = useSavedViews();
  const group = t("command.group.places");
  const view = (name: string, label: string): Entry => ({ id: `view:${name}`, name: t("command.toView", { name: label }), group, also: [label], run: () => void navigate({ to: "/inbox/$view", params: { view: name }, search: {} }) });
  const sections = GROUPS.flatMap(({ sections: list }) => list.map(([to, label]): Entry => ({ id: to, name: t("command.toSettings", { name: t(label) }), group, also: [t(label)], run: () => void navigate({ to }) })));
  return [...VIEWS.map((name) => view(name, t(`inbox.view.${name}`))), { id: "clients", name: t("rail.clients"), group, run: () => void navigate({ to: "/clients" }) }, { id: "leads", name: t("rail.leads"), group, run: () => void navigate({ to: "/leads" }) }, { id: "duplicates", name: t("command.toDuplicates"), group, run: () => void navigate({ to: "/clients/$clientId", params: { clientId: "duplicates" }, search: {} }) }, ...views.map((saved) => view(savedViewPath(saved.viewId), saved.name)), ...sections];
}

/** Clients, their people, leads, dialogs by name or phone, and messages by their words, from two letters on. */
function useFound(query: string): Entry[] {
  const navigate = useNavigate();
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(query.trim().length >= SEARCH_FROM ? query.trim() : ""), SEARCH_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [query]);
  const toClient = (clientId: string) => (): void => void navigate({ to: "/clients/$clientId", params: { clientId }, search: {} });
  const icon = (Icon: typeof IconUser): React.ReactNode => <Icon size={16} stroke={1.75} aria-hidden="true" />;
  const clients = useClientSearch(asked).map(({ clientId, name, detail, person }): Entry => ({ id: `client:${clientId}`, name, detail, group: t("command.group.clients"), lead: icon(person ? IconUser : IconBuilding), run: toClient(clientId) }));
  const contacts = useContactSearch(asked).map(({ contactId, clientId, name, detail }): Entry => ({ id: `contact:${contactId}`, name, detail, group: t("command.group.contacts"), lead: icon(IconUsers), run: toClient(clientId) }));
  const leads = useLeadSearch(asked).map(({ leadId, name, detail }): Entry => ({ id: `lead:${leadId}`, name, detail, group: t("command.group.leads"), lead: icon(IconTargetArrow), run: () => void navigate({ to: "/leads/$leadId", params: { leadId }, search: {} }) }));
  const dialog = (conversationId: string, m?: number) => (): void => void navigate({ to: "/inbox/$view/$conversationId", params: { view: "all", conversationId }, search: m === undefined ? {} : { m } });
  const rows = useConversationSearch(asked).map(({ conversationId, channel, name, detail }): Entry => ({ id: `conversation:${conversationId}`, name, detail, group: t("command.group.conversations"), lead: <ChannelTile channel={channel} title={detail} />, run: dialog(conversationId) }));
  const messages = useMessageSearch(asked).map(({ messageId, conversationId, seq, channel, text, detail }): Entry => ({ id: `message:${messageId}`, name: text, detail, group: t("command.group.messages"), lead: <ChannelTile channel={channel} title={detail} />, run: dialog(conversationId, seq) }));
  return [...clients, ...contacts, ...leads, ...rows, ...messages];
}
