import { type PotentialPeriod, type PotentialSettings, type PotentialWeight } from "../../../gen/okno/crm/v1/potential_service_pb.ts";
import { amountText, decimalText, readAmount, readDecimal } from "../money.ts";

/** What a department has of its own, as it is typed; what is empty comes from above. */
export type Own = { base: string; weights: Readonly<Record<string, string>> };

type OfDepartment = `of ${string}`;
/** Each department is a field of the form: who changed another one is in nobody's way. */
export type PotentialForm = { period: PotentialPeriod; fields: readonly string[] } & { readonly [department: OfDepartment]: Own };

/** Stands for the company, below all departments. */
export const COMPANY = "";
const NOTHING: Own = { base: "", weights: {} };
const MOST_WEIGHT = 1_000;

export function placeOf(departmentId: string): OfDepartment {
  return `of ${departmentId}`;
}

export function departmentOf(place: string): string | undefined {
  return place.startsWith("of ") ? place.slice(3) : undefined;
}

export function ownOf(form: PotentialForm, departmentId: string): Own {
  return form[placeOf(departmentId)] ?? NOTHING;
}

export function weightKey(field: string, value: string): string {
  return `${field} ${value}`;
}

/** With a place for every department, also for those that have nothing of their own. */
export function formOf({ period, fields, departments }: PotentialSettings, departmentIds: Iterable<string>): PotentialForm {
  const places = new Map<string, Own>([COMPANY, ...departmentIds].map((id) => [placeOf(id), NOTHING]));
  for (const { departmentId, baseAmount, weights } of departments) {
    const typed = weights.map(({ field, value, weight }): [string, string] => [weightKey(field, value), decimalText(weight)]);
    places.set(placeOf(departmentId), { base: baseAmount === undefined ? "" : amountText(baseAmount), weights: inOrder(typed) });
  }
  return { period, fields, ...Object.fromEntries(places) } as PotentialForm;
}

/** In one order always, so that what was typed and taken back is no change. */
function inOrder(weights: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(weights.filter(([, text]) => text.trim() !== "").toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export function withWeight(own: Own, key: string, text: string): Own {
  return { ...own, weights: inOrder(Object.entries({ ...own.weights, [key]: text })) };
}

function readWeight(typed: string): string | undefined {
  const read = readDecimal(typed, { whole: 4, decimals: 4 });
  return read !== undefined && Number(read) <= MOST_WEIGHT ? read : undefined;
}

export const isBase = (typed: string): boolean => typed.trim() === "" || readAmount(typed) !== undefined;
export const isWeight = (typed: string): boolean => typed.trim() === "" || readWeight(typed) !== undefined;

export function isRight({ base, weights }: Own): boolean {
  return isBase(base) && Object.values(weights).every(isWeight);
}

/** The form with its numbers as the server's answer will show them: what is saved is no change any more. */
export function tidied(form: PotentialForm, dirty: readonly string[]): PotentialForm {
  const ids = dirty.map(departmentOf).filter((id) => id !== undefined);
  const tidy = ({ base, weights }: Own): Own => ({
    base: base.trim() ? amountText(readAmount(base) ?? base) : "",
    weights: inOrder(Object.entries(weights).map(([key, typed]) => [key, decimalText(readWeight(typed) ?? typed)] as const)),
  });
  return { ...form, ...Object.fromEntries(ids.map((id) => [placeOf(id), tidy(ownOf(form, id))])) } as PotentialForm;
}

/** What goes to the server of what was changed. */
export function request(etag: string, form: PotentialForm, dirty: readonly string[]) {
  const ids = dirty.map(departmentOf).filter((id) => id !== undefined);
  const weight = ([key, typed]: [string, string]): Pick<PotentialWeight, "field" | "value" | "weight"> => {
    const [field = "", ...value] = key.split(" ");
    return { field, value: value.join(" "), weight: readWeight(typed) ?? typed };
  };
  const departments = ids.map((departmentId) => {
    const { base, weights } = ownOf(form, departmentId);
    return { departmentId, ...(base.trim() ? { baseAmount: readAmount(base) ?? base } : {}), weights: Object.entries(weights).map(weight) };
  });
  const paths = [...dirty.filter((name) => departmentOf(name) === undefined), ...(ids.length > 0 ? ["departments"] : [])];
  return { settings: { etag, period: form.period, fields: [...form.fields], departments }, updateMask: { paths } };
}

export type Inherited = { text: string; from: string };

/** What counts where nothing of its own is set: of the nearest of these that has it. */
export function inherited(form: PotentialForm, above: readonly string[], of: (own: Own) => string | undefined): Inherited | undefined {
  for (const from of above) {
    const text = of(ownOf(form, from))?.trim();
    if (text) return { text, from };
  }
  return undefined;
}
