import type { SettingsSchema } from "../../gen/okno/channel/v1/gateway_pb.ts";
import { CopyButton } from "../../ui/form/CopyButton.tsx";
import { t } from "../../i18n/index.ts";
import css from "./channels.module.css";
import { localText } from "./localText.ts";

/** What is copied to the other side, with the account's id where it belongs. */
export function Snippets({ schema, accountId }: { schema: SettingsSchema | undefined; accountId: string }) {
  return (schema?.snippets ?? []).map((snippet, index) => {
    const text = filled(snippet.text, accountId);
    return (
      <section key={index} className={css.snippet} aria-label={localText(snippet.title)}>
        <div className={css.snippetHead}>
          <h3>{localText(snippet.title)}</h3>
          <CopyButton text={text} label={t("connect.copySnippet")} />
        </div>
        {snippet.help && <p className={css.muted}>{localText(snippet.help)}</p>}
        <pre tabIndex={0}>{text}</pre>
      </section>
    );
  });
}

/** The blanks of a snippet. */
export function filled(text: string, accountId: string): string {
  return text.replaceAll("{account_id}", accountId);
}
