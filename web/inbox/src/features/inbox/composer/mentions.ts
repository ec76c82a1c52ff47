import type { Employee } from "../../../gen/okno/org/v1/employee_service_pb.ts";
import { matches } from "../../../ui/fold.ts";

const OPEN = /(?:^|\s)@([\p{L}\d.\- ]{0,30})$/u;

/** What is typed after an "@" before the caret; undefined when no mention is being written. */
export function mentionQuery(text: string, caret: number): string | undefined {
  return OPEN.exec(text.slice(0, caret))?.[1];
}

export function mentionChoices(query: string, employees: Iterable<Employee>): Employee[] {
  return [...employees].filter((employee) => !employee.dismissed && matches(employee.name, query)).slice(0, 6);
}

/** Replaces what is typed after the "@" by the whole name. */
export function insertMention(text: string, caret: number, query: string, name: string): { text: string; caret: number } {
  const start = caret - query.length;
  const inserted = `${name} `;
  return { text: text.slice(0, start) + inserted + text.slice(caret), caret: start + inserted.length };
}

/** Who is mentioned in a finished note. */
export function mentionedIn(text: string, employees: Iterable<Employee>): string[] {
  return [...employees].filter((employee) => text.includes(`@${employee.name}`)).map((employee) => employee.employeeId);
}
