import { DirectoryKind } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import type { Key } from "../../../i18n/index.ts";

/** The short lists, in the order in which cards ask for them. */
export const KINDS: readonly (readonly [kind: DirectoryKind, name: string, label: Key])[] = [
  [DirectoryKind.TAG, "tag", "client.field.tagIds"],
  [DirectoryKind.REGION, "region", "directories.regions"],
  [DirectoryKind.INDUSTRY, "industry", "directories.industries"],
  [DirectoryKind.SEGMENT, "segment", "directories.segments"],
  [DirectoryKind.HOLDING, "holding", "directories.holdings"],
  [DirectoryKind.HEADCOUNT, "headcount", "directories.headcounts"],
  [DirectoryKind.WORKPLACES, "workplaces", "directories.workplaces"],
  [DirectoryKind.POSITION, "position", "directories.positions"],
  [DirectoryKind.CONTACT_ROLE, "role", "directories.roles"],
  [DirectoryKind.KEY_EVENT, "event", "directories.events"],
  [DirectoryKind.ORGANISATION, "organisation", "directories.organisations"],
  [DirectoryKind.PRICE, "price", "directories.prices"],
  [DirectoryKind.DISCOUNT, "discount", "directories.discounts"],
  [DirectoryKind.CLIENT_LINK, "link", "directories.links"],
  [DirectoryKind.CONSENT_PURPOSE, "consentPurpose", "directories.consentPurposes"],
  [DirectoryKind.CONSENT_MEANS, "consentMeans", "directories.consentMeans"],
  [DirectoryKind.OTHER, "other", "directories.other"],
];
