import { AddressKind, type ClientAddress } from "../gen/okno/crm/v1/client_service_pb.ts";

/** Only addresses that can do no harm become links. */
export function hrefOf({ kind, value, display }: Pick<ClientAddress, "kind" | "value" | "display">): string | undefined {
  if (kind === AddressKind.PHONE) return `tel:${(display || value).replaceAll(/[^+\d]/gu, "")}`;
  if (kind === AddressKind.EMAIL) return `mailto:${encodeURIComponent(value.trim()).replace("%40", "@")}`;
  if (kind !== AddressKind.SITE) return undefined;
  const site = value.trim();
  const whole = /^[a-z][a-z\d+.-]*:/iu.test(site) ? site : `https://${site}`;
  return /^https?:\/\/[^\s/]+/iu.test(whole) ? whole : undefined;
}
