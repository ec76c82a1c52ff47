import { IconUser } from "@tabler/icons-react";
import type { Content } from "../../../gen/okno/channel/v1/content_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { t } from "../../../i18n/index.ts";
import css from "./Bubble.module.css";
import { useThread } from "./context.ts";
import { Place } from "./Place.tsx";

/** A place, a contact, a form, buttons, and what we do not show yet. */
export function Extras({ content }: { content: Content }) {
  const { conversation } = useThread();
  return (
    <>
      {content.location && <Place location={content.location} />}
      {content.contactCard && <Card card={content.contactCard} />}
      {content.form.length > 0 && <Form fields={content.form} />}
      {content.unsupported && (
        <p className={css.unsupported}>{t("message.unsupported", { channel: channelTitle(conversation.channel), kind: content.unsupported })}</p>
      )}
      {content.buttons.length > 0 && (
        <div className={css.buttons}>
          {content.buttons.map((row, index) => (
            <div key={index} className={css.buttonRow}>
              {row.buttons.map((button) => (
                <span key={`${button.title}${button.data}`} className={css.button} title={button.url || undefined}>
                  {button.title}
                </span>
              ))}
            </div>
          ))}
        </div>
      )}
    </>
  );
}

/** What was filled in, as a table: the title is what the customer saw. */
function Form({ fields }: { fields: Content["form"] }) {
  return (
    <section className={css.form} aria-label={t("message.form")}>
      <p className={css.pressed}>{t("message.form")}</p>
      <dl>
        {fields.map((field, index) => (
          <div key={`${index}${field.name}`}>
            <dt>{field.title || field.name}</dt>
            <dd dir="auto">{field.value || "—"}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Card({ card }: { card: NonNullable<Content["contactCard"]> }) {
  return (
    <div className={css.card}>
      <IconUser size={20} stroke={1.75} aria-hidden="true" />
      <span>
        <b>{card.name}</b>
        {card.phones.map((phone) => (
          <a key={phone} className={css.cardLine} href={`tel:${phone}`} aria-label={t("message.call", { phone })}>
            {phone}
          </a>
        ))}
        {card.emails.map((email) => (
          <a key={email} className={css.cardLine} href={`mailto:${email}`}>
            {email}
          </a>
        ))}
      </span>
    </div>
  );
}
