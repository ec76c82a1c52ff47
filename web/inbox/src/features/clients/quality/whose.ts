import { QualityScope } from "../../../gen/okno/crm/v1/quality_service_pb.ts";

/** Whose quality is looked at. */
export type Whose = { kind: "company" } | { kind: "department" | "employee"; id: string };

const SCOPES = { company: QualityScope.COMPANY, department: QualityScope.DEPARTMENT, employee: QualityScope.EMPLOYEE } as const;

/** As it stands in the address: "department:<id>", "employee:<id>"; anything else is the company. */
export function readWhose(text: unknown): Whose {
  const [kind, id] = typeof text === "string" ? text.split(":") : [];
  return (kind === "department" || kind === "employee") && id ? { kind, id } : { kind: "company" };
}

export function writeWhose(whose: Whose): string | undefined {
  return whose.kind === "company" ? undefined : `${whose.kind}:${whose.id}`;
}

export function requestOf(whose: Whose): { scope: QualityScope; subjectId: string } {
  return { scope: SCOPES[whose.kind], subjectId: whose.kind === "company" ? "" : whose.id };
}
