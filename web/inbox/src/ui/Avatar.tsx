import { initials } from "./initials.ts";
import css from "./Avatar.module.css";
import { ChannelTile } from "./ChannelTile.tsx";
import { cx } from "./cx.ts";

type Props = {
  name: string;
  size?: "sm" | "md" | "lg";
  /** The channel's tile at the corner. */
  channel?: string;
  channelTitle?: string;
};

/** Initials on a quiet ground; never the only place where a name stands. */
export function Avatar({ name, size = "md", channel, channelTitle }: Props) {
  return (
    <span className={cx(css.avatar, css[size])} aria-hidden="true">
      {initials(name)}
      {channel !== undefined && (
        <span className={css.corner}>
          <ChannelTile channel={channel} title={channelTitle ?? channel} />
        </span>
      )}
    </span>
  );
}
