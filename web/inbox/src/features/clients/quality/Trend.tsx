import type { QualityDay } from "../../../gen/okno/crm/v1/quality_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { day } from "../day.ts";
import css from "./quality.module.css";

const LEVELS = [100, 50, 0] as const;

/** The percentages by the day as a line; in words for who does not see it. The drawing stretches, its words do not. */
export function Trend({ days }: { days: readonly QualityDay[] }) {
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return <p className={css.quiet}>{t("quality.noTrend")}</p>;
  const [from, until] = [Date.parse(first.day), Date.parse(last.day)];
  const x = (iso: string): number => (until === from ? 100 : ((Date.parse(iso) - from) / (until - from)) * 100);
  const words = t("quality.trendWords", { from: day(first.day), until: day(last.day), first: Math.round(first.percent), last: Math.round(last.percent) });
  return (
    <figure className={css.trend}>
      <div className={css.levels} aria-hidden="true">
        {LEVELS.map((level) => (
          <span key={level}>{level}</span>
        ))}
      </div>
      <div className={css.plot}>
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label={words}>
          {LEVELS.map((level) => (
            <line key={level} x1={0} x2={100} y1={100 - level} y2={100 - level} />
          ))}
          <polyline points={days.map((one) => `${x(one.day).toFixed(2)},${(100 - one.percent).toFixed(2)}`).join(" ")} />
        </svg>
        <span className={css.dot} style={{ insetBlockEnd: `${last.percent}%` }} aria-hidden="true" />
      </div>
      <figcaption className={css.ends} aria-hidden="true">
        <span>{until === from ? "" : day(first.day)}</span>
        <span>{day(last.day)}</span>
      </figcaption>
    </figure>
  );
}
