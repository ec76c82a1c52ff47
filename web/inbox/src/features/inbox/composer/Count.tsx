import type { Capabilities } from "../../../gen/okno/channel/v1/gateway_pb.ts";
import { t } from "../../../i18n/index.ts";
import css from "./Composer.module.css";
import { lengthOf, partsOf } from "./length.ts";

const NEAR = 0.8;

/** Near the channel's limit, how much is left; past it, how many messages it makes. */
export function Count({ text, capabilities }: { text: string; capabilities: Capabilities }) {
  const limit = capabilities.textLimit;
  const n = lengthOf(text, capabilities.textUnit);
  if (!limit || n < limit * NEAR) return null;
  const parts = partsOf(text, capabilities);
  return <span className={css.count}>{parts > 1 ? t("composer.parts", { n: parts }) : t("composer.limit", { n, limit })}</span>;
}
