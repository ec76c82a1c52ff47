import { AddressKind, type ClientAddress } from "../../gen/okno/crm/v1/client_service_pb.ts";
import css from "./clients.module.css";

/** A phone calls, a mail address writes, a site opens; the rest is text. */
export function AddressLink({ address, plain = false }: { address: ClientAddress; plain?: boolean }) {
  const text = address.display || address.value;
  const href = plain ? undefined : hrefOf(address);
  if (!href) return <span className={css.address}>{text}</span>;
  const away = address.kind === AddressKind.SITE;
  return (
    <a className={css.address} href={href} {...(away ? { target: "_blank", rel: "noreferrer noopener" } : {})}>
      {text}
    </a>
  );
}

/** Only addresses that can do no harm become links. */
export function hrefOf({ kind, value, display }: Pick<ClientAddress, "kind" | "value" | "display">): string | undefined {
  if (kind === AddressKind.PHONE) return `tel:${(display || value).replaceAll(/[^+\d]/gu, "")}`;
  if (kind === AddressKind.EMAIL) return `mailto:${encodeURIComponent(value.trim()).replace("%40", "@")}`;
  if (kind !== AddressKind.SITE) return undefined;
  const site = value.trim();
  const whole = /^[a-z][a-z\d+.-]*:/iu.test(site) ? site : `https://${site}`;
  return /^https?:\/\/[^\s/]+/iu.test(whole) ? whole : undefined;
}
