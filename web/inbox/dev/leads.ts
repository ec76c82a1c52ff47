import { create } from "@bufbuild/protobuf";
import { AddressKind, ClientKind } from "../src/gen/okno/crm/v1/client_service_pb.ts";
import { type Lead, type LeadChange, type LeadCleaning, LeadSchema, LeadScoreCondition, type LeadSettings, LeadSettingsSchema, LeadState } from "../src/gen/okno/crm/v1/lead_service_pb.ts";
import { newId } from "../src/rpc/ids.ts";
import { stamp, type World } from "./world.ts";

const DAY = 86_400_000;
const MANY = 140;

/** What the service remembers. */
export class Leads {
  all = new Map<string, Lead>();
  /** By lead, newest first. */
  changes = new Map<string, LeadChange[]>();
  cleanings: LeadCleaning[] = [];
  settings: LeadSettings = create(LeadSettingsSchema, {
    etag: "1",
    keepVisitsMonths: 6,
    scoreRules: [
      { name: "Просит счёт", points: 30, condition: LeadScoreCondition.COMMENT, values: ["счёт", "договор"] },
      { name: "Есть телефон", points: 20, condition: LeadScoreCondition.HAS_PHONE },
      { name: "Молчит больше двух недель", points: -15, condition: LeadScoreCondition.SILENT_DAYS, atLeast: 14 },
    ],
  });
}

const ofWorld = new WeakMap<World, Leads>();

export function leadsOf(world: World): Leads {
  const known = ofWorld.get(world);
  if (known) return known;
  const made = new Leads();
  ofWorld.set(world, made);
  seed(world, made);
  return made;
}

const PEOPLE = ["Анна Ким", "Сергей Ли", "Мария Константинопольская-Преображенская", "Пётр Ан", "Елена Цой"];
const SOURCES = ["Яндекс Директ", "Выставка", "Сайт", ""];
const CHANNELS = ["telegram", "email", "site", "call", "webchat"];

function seed(world: World, leads: Leads): void {
  const [client] = world.clients.values();
  const staff = [...world.employees.keys()];
  const point = [...world.conversations.values()].find(({ person }) => person?.contactPointId)?.person?.contactPointId;
  for (let n = 0; n < MANY; n += 1) {
    const company = n % 3 === 1;
    const days = n % 70;
    const state = n % 11 === 5 ? LeadState.DECLINED : n % 13 === 7 ? LeadState.REPEATED : LeadState.NEW;
    const lead = create(LeadSchema, {
      leadId: newId(Date.now() - n * DAY),
      etag: "1",
      name: company ? `ООО «Проба ${n + 1}»` : `${PEOPLE[n % PEOPLE.length] ?? ""} ${n + 1}`,
      kind: company ? ClientKind.COMPANY : ClientKind.PERSON,
      addresses: [
        ...(n % 5 === 4 ? [] : [{ kind: AddressKind.PHONE, value: `+79990002${String(n).padStart(3, "0")}`, display: `+7 999 000-2${String(n).padStart(3, "0").replace(/^(\d)/u, "$1-")}`, isMain: true }]),
        { kind: AddressKind.EMAIL, value: `lead${n + 1}@example.ru`, display: `lead${n + 1}@example.ru` },
      ],
      responsibleEmployeeId: n % 4 === 3 ? "" : (staff[n % Math.min(4, staff.length)] ?? ""),
      channel: CHANNELS[n % CHANNELS.length] ?? "",
      source: SOURCES[n % SOURCES.length] ?? "",
      comment: n % 6 === 0 ? "Просит выставить счёт на поставку до конца месяца." : "",
      state,
      declineReason: state === LeadState.DECLINED ? "Нет бюджета в этом году" : "",
      repeatsClientId: state === LeadState.REPEATED ? (client?.clientId ?? "") : "",
      createdAt: stamp(Date.now() - (days + 2) * DAY),
      updatedAt: stamp(Date.now() - days * DAY),
      activeAt: stamp(Date.now() - days * DAY),
      contactPointIds: n === 0 && point ? [point] : [],
    });
    leads.all.set(lead.leadId, lead);
  }
}
