import type { Source } from "../../../gen/okno/channel/v1/inbound_pb.ts";
import { t } from "../../../i18n/index.ts";
import { safeUrl } from "../thread/spans.ts";
import { Block, type Line, line, Lines } from "./Block.tsx";

const FIRST = "first.";
/** Not where someone came from. */
const OTHER = new Set(["timezone", "tz"]);

/** Where the client came from: the first touch and the last one, mark by mark. */
export function SourceBlock({ source }: { source: Source }) {
  const fields = Object.entries(source.fields).filter(([name]) => !OTHER.has(name));
  const first = fields.filter(([name]) => name.startsWith(FIRST)).map(([name, value]): Line => ({ label: name.slice(FIRST.length), value }));
  const last = fields.filter(([name]) => !name.startsWith(FIRST)).map(([name, value]): Line => ({ label: name, value }));
  return (
    <Block name="source" title={t("panel.source")}>
      <Lines lines={[...line("panel.sourceKind", source.kind), ...line("panel.sourceRef", source.ref), ...line("panel.sourcePage", source.url && <Page url={source.url} />)]} />
      {first.length > 0 && <Touch title={t("panel.firstTouch")} lines={first} />}
      {last.length > 0 && <Touch title={t("panel.lastTouch")} lines={last} />}
    </Block>
  );
}

function Touch({ title, lines }: { title: string; lines: readonly Line[] }) {
  return (
    <section aria-label={title}>
      <Lines lines={[{ label: title, value: lines.map(({ label, value }) => `${label}: ${String(value)}`).join(", ") }]} />
    </section>
  );
}

function Page({ url }: { url: string }) {
  const href = safeUrl(url);
  return href ? (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {url}
    </a>
  ) : (
    url
  );
}
