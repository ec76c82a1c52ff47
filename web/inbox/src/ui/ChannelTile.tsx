import {
  IconBrandTelegram,
  IconBrandVk,
  IconBrandWhatsapp,
  IconForms,
  IconMail,
  IconMessage2,
  IconMessageCode,
  IconPhone,
  IconPhoneCall,
  type TablerIcon,
} from "@tabler/icons-react";
import css from "./ChannelTile.module.css";

const GLYPHS: Record<string, TablerIcon> = {
  telegram: IconBrandTelegram,
  whatsapp: IconBrandWhatsapp,
  viber: IconPhoneCall,
  vk: IconBrandVk,
  custom: IconMessageCode,
  email: IconMail,
  webchat: IconMessage2,
  call: IconPhone,
  site: IconForms,
};

type Props = { channel: string; title: string; size?: "sm" | "lg" };

/** A channel's sign. One that we do not know gets its first letter: a new gateway needs no change here. */
export function ChannelTile({ channel, title, size = "sm" }: Props) {
  const Glyph = GLYPHS[channel];
  const known = Glyph || channel === "max";
  return (
    <span
      className={css.tile}
      data-size={size}
      title={title}
      style={{ "--tile": known ? `var(--channel-${channel})` : "var(--channel-other)" } as React.CSSProperties}
      aria-hidden="true"
    >
      {Glyph ? <Glyph size={size === "lg" ? 20 : 12} stroke={1.75} /> : (channel[0] ?? "?").toUpperCase()}
    </span>
  );
}
