import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { AddressKind } from "../src/gen/okno/crm/v1/client_service_pb.ts";
import { VisitDevice, VisitStepKind } from "../src/gen/okno/channel/v1/visit_pb.ts";
import { type Lead, type LeadFormSchema, type LeadVisit, LeadVisitSchema } from "../src/gen/okno/crm/v1/lead_service_pb.ts";
import { newId } from "../src/rpc/ids.ts";
import { stamp } from "./world.ts";

const HOUR = 3_600_000;
const PAGES = [["/", "Лампы и светильники"], ["/catalog/lamps", "Настольные лампы"], ["/prices", "Цены и доставка"], ["/contacts", "Контакты"]] as const;

const known = new Map<string, LeadVisit[]>();

/** What somebody who writes in the chat did before: the newest is on the site just now. */
export function visitsOf({ leadId, contactPointIds }: Lead): LeadVisit[] {
  if (contactPointIds.length === 0) return [];
  const made = known.get(leadId) ?? [0, 26, 75].map((hours, index) => visit(Date.now() - hours * HOUR - 4 * 60_000, 3 - index));
  known.set(leadId, made);
  return made;
}

function visit(from: number, number: number): LeadVisit {
  const steps = PAGES.slice(0, number + 1).map(([path, title], index) => ({ at: stamp(from + index * 60_000), kind: VisitStepKind.PAGE, path, title, seconds: 40 + index * 25, name: "" }));
  const more = number === 3 ? [{ at: stamp(from + 200_000), kind: VisitStepKind.FORM, path: "/contacts", title: "", seconds: 0, name: "Перезвоните мне", leftName: "Анна Смирнова", leftPhone: "+7 999 000-03-21", leftEmail: "anna@example.com" }, { at: stamp(from + 230_000), kind: VisitStepKind.CHAT, path: "/contacts", title: "", seconds: 0, name: "" }] : [];
  return create(LeadVisitSchema, {
    visitId: newId(from),
    startedAt: stamp(from),
    lastAt: stamp(from + 230_000),
    referrerHost: number === 1 ? "search.example" : "",
    marks: number === 1 ? { utm_source: "yandex", utm_campaign: "lamps" } : {},
    device: number === 2 ? VisitDevice.PHONE : VisitDevice.COMPUTER,
    seconds: steps.reduce((sum, { seconds }) => sum + seconds, 0),
    number,
    steps: [...steps, ...more],
  });
}

/** What somebody whom nobody knows left in a form under the phone of one lead that has no dialog. */
export function formsOf({ name, addresses, contactPointIds }: Lead): MessageInitShape<typeof LeadFormSchema>[] {
  const phone = addresses.find(({ kind }) => kind === AddressKind.PHONE);
  if (contactPointIds.length > 0 || !phone || !name.endsWith(" 37")) return [];
  return [{ at: stamp(Date.now() - HOUR), path: "/contacts", name: "Перезвоните мне", leftName: name, leftPhone: phone.display || phone.value, leftEmail: "from-a-form@example.com" }];
}

/** How often a page with one of these words in its address was looked at. */
export function viewsOf(lead: Lead, words: readonly string[]): number {
  return visitsOf(lead).flatMap(({ steps }) => steps).filter(({ kind, path }) => kind === VisitStepKind.PAGE && words.some((word) => path.includes(word.toLowerCase()))).length;
}
