import { IconMapPinFilled } from "@tabler/icons-react";
import type { Location } from "../../../gen/okno/channel/v1/content_pb.ts";
import { t } from "../../../i18n/index.ts";
import css from "./Place.module.css";

/** Five digits are a metre. */
const DIGITS = 5;

/** Where it is, in words and figures. A map is somebody else's: it is opened, never loaded. */
export function Place({ location }: { location: Location }) {
  const { latitude, longitude, title, address } = location;
  const at = `${latitude.toFixed(DIGITS)}, ${longitude.toFixed(DIGITS)}`;
  const href = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return (
    <div className={css.place}>
      <div className={css.tile} aria-hidden="true">
        <IconMapPinFilled size={28} />
      </div>
      <div className={css.words}>
        {title && <b>{title}</b>}
        {address && <span>{address}</span>}
        <span className={css.figures}>{at}</span>
        <a href={href} target="_blank" rel="noopener noreferrer" referrerPolicy="no-referrer">
          {t("message.map")}
        </a>
      </div>
    </div>
  );
}
