import { IconPlayerPlayFilled } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { playTime } from "../../../i18n/format.ts";
import { t, useT } from "../../../i18n/index.ts";
import { cx } from "../../../ui/cx.ts";
import css from "./Media.module.css";

type Props = { url: string; label: string; durationMs: number; round: boolean; box: React.CSSProperties; /** For a browser that cannot show it. */ instead: React.ReactNode };

/** Its first picture and its length; it plays where it stands. */
export function Video({ url, label, durationMs, round, box, instead }: Props) {
  useT();
  const [begun, setBegun] = useState(false);
  const [broken, setBroken] = useState(false);
  const video = useRef<HTMLVideoElement>(null);
  if (broken) return instead;
  const play = (): void => {
    setBegun(true);
    video.current?.focus();
    void video.current?.play().catch(() => undefined); // onError tells what is wrong
  };
  return (
    <div className={cx(css.film, round && css.round)} style={box}>
      {/* Browsers show the picture at the named second once they have read the beginning. */}
      <video ref={video} className={css.video} controls={begun} playsInline preload="metadata" src={`${url}#t=0.1`} aria-label={label} tabIndex={begun ? 0 : -1} onError={() => setBroken(true)} />
      {!begun && (
        <button type="button" className={css.play} aria-label={t("message.play", { name: label })} onClick={play}>
          <span className={css.playMark}>
            <IconPlayerPlayFilled size={20} aria-hidden="true" />
          </span>
          {durationMs > 0 && <span className={css.length}>{playTime(durationMs)}</span>}
        </button>
      )}
    </div>
  );
}
