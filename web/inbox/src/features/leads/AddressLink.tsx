import { AddressKind, type ClientAddress } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { hrefOf } from "../../rpc/addressHref.ts";
import sheet from "../../ui/sheet.module.css";

/** A phone calls, a mail address writes, a site opens; the rest is text. */
export function AddressLink({ address }: { address: ClientAddress }) {
  const text = address.display || address.value;
  const href = hrefOf(address);
  if (!href) return <span className={sheet.address}>{text}</span>;
  const away = address.kind === AddressKind.SITE;
  return (
    <a className={sheet.address} href={href} {...(away ? { target: "_blank", rel: "noreferrer noopener" } : {})}>
      {text}
    </a>
  );
}
