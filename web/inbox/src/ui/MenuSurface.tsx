import "@mantine/core/styles/Popover.css";
import "@mantine/core/styles/Menu.css";
import { Menu as Surface } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { KeyCap } from "./KeyCap.tsx";
import type { MenuItem, MenuPlace } from "./Menu.tsx";
import css from "./Menu.module.css";

type Props = { label: string; items: readonly MenuItem[]; place: MenuPlace; onClose: () => void };

/** The open menu; it stands at the button that its parent shows. */
export function MenuSurface({ label, items, place, onClose }: Props) {
  return (
    <Surface opened onChange={(open) => !open && onClose()} onClose={onClose} position={place} returnFocus={false} withinPortal trapFocus withInitialFocusPlaceholder={false}>
      <Surface.Target>
        <span className={css.anchor} aria-hidden="true" />
      </Surface.Target>
      <Surface.Dropdown aria-label={label} aria-labelledby={undefined}>
        {items.map((item, index) => (
          <Item key={index} item={item} />
        ))}
      </Surface.Dropdown>
    </Surface>
  );
}

function Item({ item }: { item: MenuItem }) {
  switch (item.kind) {
    case "line":
      return <Surface.Divider />;
    case "label":
      return <Surface.Label>{item.label}</Surface.Label>;
    case "choice":
      return (
        <Surface.RadioItem value={item.label} checked={item.chosen} checkIcon={<IconCheck size={16} stroke={1.75} aria-hidden="true" />} onChange={item.run}>
          {item.label}
        </Surface.RadioItem>
      );
    case "action":
      return (
        <Surface.Item
          data-danger={item.danger || undefined}
          leftSection={item.lead}
          rightSection={item.hint && <KeyCap>{item.hint}</KeyCap>}
          disabled={item.disabled !== undefined}
          title={item.disabled}
          onClick={item.run}
        >
          {item.label}
        </Surface.Item>
      );
  }
}
