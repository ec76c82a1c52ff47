import type { VNode } from "preact";
import { safeHref } from "../core/links.ts";
import { t } from "../i18n/index.ts";
import { useChat, usePlace } from "./place.ts";

/** The box that the law wants before the first message. `missing`: somebody tried without. */
export function Consent({ missing }: { missing: boolean }): VNode | null {
  const { session } = usePlace();
  const { config, agreed, token } = useChat();
  if (config.consent.mode === "off" || token) return null;
  const policy = safeHref(config.consent.policy_url);
  return (
    <div class="consent">
      <label>
        <input id="consent" type="checkbox" checked={agreed} aria-invalid={missing && !agreed ? "true" : undefined} aria-describedby="consent-why" onChange={({ currentTarget }) => session.agree(currentTarget.checked)} />
        <span>{config.consent.text || t("consent.text")}</span>
      </label>
      {policy ? (
        <a href={policy} target="_blank" rel="noopener">
          {t("consent.policy")}
        </a>
      ) : null}
      <p id="consent-why" class="wrong">{missing && !agreed ? t("consent.required") : ""}</p>
    </div>
  );
}
