import { IconBuilding, IconUser } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useClientSearch } from "../features/clients/palette.ts";
import { useConversationSearch } from "../features/inbox/palette.ts";
import { VIEWS, savedViewPath } from "../features/inbox/filter.ts";
import { useSavedViews } from "../features/inbox/savedViews.ts";
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

/** Ctrl+K: what can be done here, where one can go, who has written, which clients there are. Each row shows its key: that is how people learn. */
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

/** Clients, and conversations by name, phone or text, from two letters on. */
function useFound(query: string): Entry[] {
  const navigate = useNavigate();
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(query.trim().length >= SEARCH_FROM ? query.trim() : ""), SEARCH_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [query]);
  const clients = useClientSearch(asked).map((client): Entry => {
    const Icon = client.person ? IconUser : IconBuilding;
    return {
      id: `client:${client.clientId}`,
      name: client.name,
      detail: client.detail,
      group: t("command.group.clients"),
      lead: <Icon size={16} stroke={1.75} aria-hidden="true" />,
      run: () => void navigate({ to: "/clients/$clientId", params: { clientId: client.clientId }, search: {} }),
    };
  });
  const rows = useConversationSearch(asked).map((row): Entry => ({
    id: `conversation:${row.conversationId}`,
    name: row.name,
    detail: row.detail,
    group: t("command.group.conversations"),
    lead: <ChannelTile channel={row.channel} title={row.detail} />,
    run: () => void navigate({ to: "/inbox/$view/$conversationId", params: { view: "all", conversationId: row.conversationId }, search: {} }),
  }));
  return [...clients, ...rows];
}
