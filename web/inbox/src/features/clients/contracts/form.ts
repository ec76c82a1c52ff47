import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Contract, ContractSchema } from "../../../gen/okno/crm/v1/contract_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { isDay } from "../checks.ts";
import { type Errors, trimmed } from "../form.ts";

const NAMES = ["number", "signedOn", "currency", "organisationId", "priceKindId", "discountKindId", "comment", "isMain", "archived"] as const satisfies readonly (keyof Contract)[];

export type ContractField = (typeof NAMES)[number];
export type ContractForm = Pick<Contract, ContractField>;
export const CONTRACT_FIELDS: readonly ContractField[] = NAMES;

/** What an empty currency means. */
export const USUAL_CURRENCY = "RUB";

export function formOf(contract: Contract): ContractForm {
  return { ...(Object.fromEntries(NAMES.map((name) => [name, contract[name]])) as ContractForm), currency: contract.currency || USUAL_CURRENCY };
}

export function emptyForm(): ContractForm {
  return formOf(create(ContractSchema));
}

export function message(form: ContractForm): MessageInitShape<typeof ContractSchema> {
  return { ...trimmed(form), currency: form.currency.trim().toUpperCase() };
}

export function errorsOf(form: ContractForm): Errors<ContractField> {
  return {
    ...(/^[a-z]{3}$/iu.test(form.currency.trim()) ? {} : { currency: t("contracts.wrong.currency") }),
    ...(!form.signedOn || isDay(form.signedOn) ? {} : { signedOn: t("client.wrong.day") }),
    ...(form.isMain && form.archived ? { archived: t("contracts.wrong.archived") } : {}),
  };
}
