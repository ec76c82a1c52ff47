import type { QualityDay } from "../../../gen/okno/crm/v1/quality_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { day } from "../day.ts";
import css from "./quality.module.css";

const [WIDTH, HEIGHT] = [640, 160];
const [LEFT, TOP, BOTTOM] = [36, 8, 20];

/** The percentages by the day as a line; in words for who does not see it. */
export function Trend({ days }: { days: readonly QualityDay[] }) {
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return <p className={css.quiet}>{t("quality.noTrend")}</p>;
  const [from, until] = [Date.parse(first.day), Date.parse(last.day)];
  const x = (iso: string): number => (until === from ? WIDTH - 8 : LEFT + ((Date.parse(iso) - from) / (until - from)) * (WIDTH - LEFT - 8));
  const y = (percent: number): number => TOP + (1 - percent / 100) * (HEIGHT - TOP - BOTTOM);
  const words = t("quality.trendWords", { from: day(first.day), until: day(last.day), first: Math.round(first.percent), last: Math.round(last.percent) });
  return (
    <svg className={css.trend} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words}>
      {[0, 50, 100].map((level) => (
        <g key={level}>
          <line x1={LEFT} x2={WIDTH} y1={y(level)} y2={y(level)} />
          <text x={LEFT - 6} y={y(level) + 4} textAnchor="end">
            {level}
          </text>
        </g>
      ))}
      <polyline points={days.map((one) => `${x(one.day).toFixed(1)},${y(one.percent).toFixed(1)}`).join(" ")} />
      <circle cx={x(last.day)} cy={y(last.percent)} r={3.5} />
      {until !== from && (
        <text x={LEFT} y={HEIGHT - 4}>
          {day(first.day)}
        </text>
      )}
      <text x={WIDTH} y={HEIGHT - 4} textAnchor="end">
        {day(last.day)}
      </text>
    </svg>
  );
}
