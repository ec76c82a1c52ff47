import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Role } from "../../../gen/okno/org/v1/employee_service_pb.ts";
import { type Ability, rights, type Scope } from "./rights.ts";

// The table is only told here; the services decide. Their own proofs are read: router's matrix, which makes every call as
// every role, and the guards before what administrators alone may do. Whoever changes those is led here.

const SERVICES = new URL("../../../../../../services/", import.meta.url);
const source = (path: string): string => readFileSync(new URL(path, SERVICES), "utf8");

/** Of one test of the matrix: who may do what with the dialog it is about. */
function matrix(name: string): Record<string, string | undefined> {
  const body = source("router/src/tests/sight.rs").split(`async fn ${name}()`)[1]?.split("\n}\n")[0] ?? "";
  return Object.fromEntries([...body.matchAll(/\.check\("([^"]+)", [^;]*?Sight::(\w+)\)/gu)].map(([, who = "", sight]) => [who, sight]));
}

/** The calls that a part of the matrix makes. */
function calls(part: "reads" | "writes_of"): string[] {
  const body = source("router/src/tests/sight.rs").split(`async fn ${part}(`)[1]?.split("\n    }\n")[0] ?? "";
  return [...body.matchAll(/all\.push\(\("(\w+)"/gu)].map(([, call = ""]) => call);
}

const assigned = matrix("a_request_of_an_employee_is_that_employees_the_heads_and_the_administrators");
const unassigned = matrix("an_unassigned_request_is_its_departments_to_read_and_take");
const CHANGES = ["answer", "transfer", "finish"] as const;

describe("what a role may with dialogs is what router's matrix proves", () => {
  test("the abilities are the calls that it makes", () => {
    expect(calls("reads")).toEqual(expect.arrayContaining(["ListMessages", "AddNote"]));
    expect(calls("writes_of")).toEqual(expect.arrayContaining(["SendMessage", "TransferRequest", "CloseRequest"]));
  });

  test("an operator", () => {
    expect(assigned).toMatchObject({ "the assignee": "Full", "a colleague": "None", "another department": "None", "the client's responsible": "Read" });
    expect(unassigned).toMatchObject({ "a member": "Take", "another department": "None", "the mentioned": "Read", "who took it": "Full" });
    expect(given(Role.OPERATOR)).toEqual({ read: "sight", note: "sight", take: "queue", ...all(CHANGES, "own") });
  });

  test("a head", () => {
    expect(assigned).toMatchObject({ "the head": "Full", "another head": "None", "departments seen without the role": "None" });
    expect(unassigned).toMatchObject({ "the head": "Full", "another head": "None" });
    expect(given(Role.HEAD)).toEqual(all(["read", "note", "take", ...CHANGES], "subtree"));
  });

  test("an administrator", () => {
    expect(assigned).toMatchObject({ "an administrator": "Full" });
    expect(given(Role.ADMINISTRATOR)).toEqual(all(["read", "note", "take", ...CHANGES], "all"));
  });
});

describe("what administrators alone may", () => {
  const accounts = source("router/src/accounts/grpc.rs");

  test.each([
    ["channels", ["create_channel_account", "update_channel_account", "delete_channel_account", "check_settings", "connect_demo"]],
  ] as const)("%s: router guards its calls", (ability, guarded) => {
    const isGuarded = (call: string): boolean => ["administrator(&request)?", "administrator_of(&request, "].some((guard) => guards(bodyOf(accounts, call), guard));
    expect(guarded.filter((call) => !isGuarded(call))).toEqual([]);
    expectOnlyAdministrators(ability);
  });

  // Beside those of the own personal accounts, which are their owner's.
  test("deadLetters: router guards its calls", () => {
    const guarded = { list_dead_letters: "caller.require_administrator()?", get_dead_letter_original: "self.dead_letter(&caller, id)", replay_dead_letter: "self.dead_letter(&caller, id)", dead_letter: "caller.require_administrator()?" };
    expect(Object.entries(guarded).filter(([call, guard]) => !bodyOf(accounts, call).includes(guard))).toEqual([]);
    expectOnlyAdministrators("deadLetters");
  });

  test("organisation: crm-core guards what changes it", () => {
    for (const [module, changes] of Object.entries({ employees: ["create", "update", "reset_password"], departments: ["create", "update", "delete"], schedules: ["create", "update", "delete"] })) {
      const ops = source(`crm-core/src/${module}/ops.rs`);
      expect(changes.filter((change) => !guards(bodyOf(ops, change), "refusals::administrators_only(")), module).toEqual([]);
    }
    expectOnlyAdministrators("organisation");
  });
});

const ABOUT_DIALOGS: readonly Ability[] = ["read", "note", "take", ...CHANGES];

function given(role: Role.OPERATOR | Role.HEAD | Role.ADMINISTRATOR): Partial<Record<Ability, Scope>> {
  return Object.fromEntries(Object.entries(rights(role)).filter(([ability]) => ABOUT_DIALOGS.includes(ability as Ability)));
}

function all<A extends Ability>(abilities: readonly A[], scope: Scope): Record<A, Scope> {
  return Object.fromEntries(abilities.map((ability) => [ability, scope])) as Record<A, Scope>;
}

function expectOnlyAdministrators(ability: Ability): void {
  expect([Role.OPERATOR, Role.HEAD, Role.ADMINISTRATOR].map((role) => rights(role as Parameters<typeof rights>[0])[ability])).toEqual([undefined, undefined, "yes"]);
}

/** Of a function, up to the next one. */
function bodyOf(text: string, name: string): string {
  return text.split(new RegExp(`async fn ${name}\\(`, "u"))[1]?.split("async fn ")[0] ?? "";
}

function guards(body: string, guard: string): boolean {
  return body.includes(guard);
}
