import { Role } from "../../../gen/okno/org/v1/employee_service_pb.ts";
import type { KnownRole } from "../words.ts";

// The visibility matrix as the services apply it; here it is only told.

export const ABILITIES = ["read", "take", "answer", "note", "transfer", "finish", "channels", "deadLetters", "organisation"] as const;
export type Ability = (typeof ABILITIES)[number];

/** How far a right reaches; absent: not at all. */
export type Scope = "own" | "queue" | "sight" | "subtree" | "all" | "yes";

const OPERATOR: Partial<Record<Ability, Scope>> = { read: "sight", take: "queue", answer: "own", note: "sight", transfer: "own", finish: "own" };
const HEAD: Partial<Record<Ability, Scope>> = { read: "subtree", take: "subtree", answer: "subtree", note: "subtree", transfer: "subtree", finish: "subtree" };
const ADMINISTRATOR: Partial<Record<Ability, Scope>> = { read: "all", take: "all", answer: "all", note: "all", transfer: "all", finish: "all", channels: "yes", deadLetters: "yes", organisation: "yes" };

export function rights(role: KnownRole): Partial<Record<Ability, Scope>> {
  return role === Role.ADMINISTRATOR ? ADMINISTRATOR : role === Role.HEAD ? HEAD : OPERATOR;
}
