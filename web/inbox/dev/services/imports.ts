import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { isInn } from "../../src/features/clients/checks.ts";
import { AddressKind, type Client, ClientKind, ClientSchema } from "../../src/gen/okno/crm/v1/client_service_pb.ts";
import { DirectoryKind } from "../../src/gen/okno/crm/v1/directory_service_pb.ts";
import { type Import, ImportColumnSchema, ImportDoubles, ImportOutcome, type ImportProblem, ImportProblemSchema, ImportReason, type ImportRow, ImportRowKind, ImportRowSchema, ImportSchema, ImportService, ImportState } from "../../src/gen/okno/crm/v1/import_service_pb.ts";
import { Role } from "../../src/gen/okno/org/v1/employee_service_pb.ts";
import { newId } from "../../src/rpc/ids.ts";
import { guessed, guessedContacts, importsOf, type Kept, readRows, targetsOf } from "../imports.ts";
import { refuse, stamp, type World } from "../world.ts";
import { clientChanged } from "./cards.ts";
import { listed } from "./crm.ts";
import { judgedContact } from "./importPeople.ts";
import { page } from "./page.ts";

// Imports as the page needs them: states, rows and their problems of the real service, for CSV alone and by few rules.

/** So many rows are gone through at each look. */
const STEP = 150;

export function imports(router: ConnectRouter, world: World): void {
  const of = importsOf(world);
  const found = (id: string, context: HandlerContext): Kept => {
    const kept = of.get(id);
    const caller = world.caller(context);
    const sees = kept?.import.authorEmployeeId === caller.employeeId || caller.roles.includes(Role.ADMINISTRATOR);
    if (!kept || !sees) throw refuse("IMPORT_NOT_FOUND", Code.NotFound);
    return kept;
  };
  const mustBe = ({ import: one }: Kept, ...states: ImportState[]): void => {
    if (!states.includes(one.state)) throw refuse("IMPORT_STATE", Code.FailedPrecondition, { state: (ImportState[one.state] ?? "").toLowerCase() });
  };
  const alone = (kept: Kept): void => {
    const runs = [...of.values()].some((other) => other !== kept && other.import.authorEmployeeId === kept.import.authorEmployeeId && other.import.state === ImportState.RUNNING);
    if (runs) throw refuse("IMPORT_RUNNING", Code.FailedPrecondition);
  };
  const look = (kept: Kept): { import: Import } => {
    if (kept.import.state === ImportState.READING) read(world, kept);
    else if (kept.import.state === ImportState.RUNNING) step(world, kept);
    return { import: create(ImportSchema, { ...kept.import, targets: targetsOf(world) }) };
  };

  router.service(ImportService, {
    createImport({ requestId, fileName }, context) {
      const made = create(ImportSchema, { importId: requestId, fileName, authorEmployeeId: world.caller(context).employeeId, state: ImportState.UPLOADING, createdAt: stamp(Date.now()) });
      if (!of.has(requestId)) of.set(requestId, { import: made, bytes: Buffer.alloc(0), rows: [], results: new Map(), cursor: 0 });
      return { import: found(requestId, context).import };
    },
    appendImportFile({ importId, offset, content }, context) {
      const kept = found(importId, context);
      mustBe(kept, ImportState.UPLOADING);
      if (Number(offset) === kept.bytes.length) kept.bytes = Buffer.concat([kept.bytes, content]);
      kept.import.sizeBytes = BigInt(kept.bytes.length);
      return { sizeBytes: kept.import.sizeBytes };
    },
    readImport({ importId }, context) {
      const kept = found(importId, context);
      mustBe(kept, ImportState.UPLOADING, ImportState.READING, ImportState.READY);
      if (kept.import.state === ImportState.UPLOADING) kept.import.state = ImportState.READING;
      return { import: kept.import };
    },
    setImportMapping({ importId, mapping }, context) {
      const kept = found(importId, context);
      mustBe(kept, ImportState.READY, ...(kept.import.dryRun ? [ImportState.DONE, ImportState.STOPPED] : []));
      if (mapping) kept.import.mapping = mapping;
      return { import: create(ImportSchema, { ...kept.import, targets: targetsOf(world) }) };
    },
    startImport({ importId, dryRun }, context) {
      const kept = found(importId, context);
      mustBe(kept, ImportState.READY, ...(kept.import.dryRun ? [ImportState.DONE, ImportState.STOPPED] : []));
      alone(kept);
      kept.results.clear();
      const { mapping } = kept.import;
      kept.cursor = mapping?.heading ? 1 : 0;
      const none = { rowsDone: 0n, rowsMade: 0n, rowsUpdated: 0n, rowsDouble: 0n, rowsRefused: 0n };
      kept.import = create(ImportSchema, { ...kept.import, ...none, state: ImportState.RUNNING, dryRun, rowsTotal: BigInt(kept.rows.length - kept.cursor), startedAt: stamp(Date.now()) });
      return { import: create(ImportSchema, { ...kept.import, targets: targetsOf(world) }) };
    },
    getImport: ({ importId }, context) => look(found(importId, context)),
    listImports(request, context) {
      const caller = world.caller(context);
      const all = [...of.values()].map((kept) => kept.import).filter((one) => one.authorEmployeeId === caller.employeeId || caller.roles.includes(Role.ADMINISTRATOR));
      const { items, nextPageToken } = page(all.reverse(), request, 20);
      return { imports: items, nextPageToken };
    },
    stopImport({ importId }, context) {
      const kept = found(importId, context);
      mustBe(kept, ImportState.RUNNING, ImportState.STOPPED, ImportState.DONE);
      if (kept.import.state === ImportState.RUNNING) Object.assign(kept.import, { state: ImportState.STOPPED, endedAt: stamp(Date.now()) });
      return { import: create(ImportSchema, { ...kept.import, targets: targetsOf(world) }) };
    },
    resumeImport({ importId }, context) {
      const kept = found(importId, context);
      mustBe(kept, ImportState.STOPPED, ImportState.RUNNING);
      alone(kept);
      kept.import.state = ImportState.RUNNING;
      return { import: create(ImportSchema, { ...kept.import, targets: targetsOf(world) }) };
    },
    listImportRows(request, context) {
      const wanted = new Set(request.outcomes.length > 0 ? request.outcomes : [ImportOutcome.DOUBLE, ImportOutcome.REFUSED]);
      const all = [...found(request.importId, context).results.values()].filter(({ outcome }) => wanted.has(outcome));
      const { items, nextPageToken } = page(all, request);
      return { rows: items, nextPageToken };
    },
    async *exportClients({ filter, order, columns, format }) {
      if (columns.length === 0) throw refuse("INVALID_FIELD", Code.InvalidArgument, { field: "columns" });
      // The page looks into no file: a spreadsheet's bytes are the real service's.
      const lines = listed(world, filter, order).map((client) => columns.map((column) => value(client, column)).join(";"));
      yield { content: Buffer.from(format === "xlsx" ? "PK" : "\uFEFF") };
      yield { content: Buffer.from(`${columns.join(";")}\r\n${lines.join("\r\n")}\r\n`) };
    },
  });
}

function value(client: Client, column: string): string {
  if (column === "name") return client.name;
  if (column === "inn") return client.inn;
  return column === "addresses:phone" ? client.addresses.filter(({ kind }) => kind === AddressKind.PHONE).map((one) => one.value).join(", ") : "";
}

function read(world: World, kept: Kept): void {
  const rows = readRows(kept.bytes);
  if (typeof rows === "number") return void Object.assign(kept.import, { state: ImportState.FAILED, problem: rows, endedAt: stamp(Date.now()) });
  kept.rows = rows;
  const [first, ...rest] = rows;
  const headings = first?.cells ?? [];
  const columns = headings.map((heading, column) => create(ImportColumnSchema, { column, heading, samples: rest.map(({ cells }) => cells[column] ?? "").filter(Boolean).slice(0, 5) }));
  kept.import = create(ImportSchema, { ...kept.import, state: ImportState.READY, format: "csv", encoding: "utf-8", separator: ";", columns, mapping: guessed(world, headings), contactColumns: guessedContacts(headings), rowsTotal: BigInt(rest.length) });
}

function step(world: World, kept: Kept): void {
  const rows = kept.rows.slice(kept.cursor, kept.cursor + STEP);
  const { import: one } = kept;
  for (const { number, cells } of rows) {
    const result = judged(world, kept, number, cells);
    kept.results.set(number, result);
    one.rowsDone += 1n;
    if (result.outcome === ImportOutcome.MADE) one.rowsMade += 1n;
    if (result.outcome === ImportOutcome.UPDATED) one.rowsUpdated += 1n;
    if (result.outcome === ImportOutcome.DOUBLE) one.rowsDouble += 1n;
    if (result.outcome === ImportOutcome.REFUSED) one.rowsRefused += 1n;
  }
  kept.cursor += rows.length;
  if (kept.cursor >= kept.rows.length) Object.assign(one, { state: ImportState.DONE, endedAt: stamp(Date.now()) });
}

function judged(world: World, kept: Kept, number: number, cells: string[]): ImportRow {
  const { mapping, dryRun } = kept.import;
  const cell = (target: string): string => mapping?.columns.filter((one) => one.target === target).map(({ column }) => cells[column]?.trim() ?? "").filter(Boolean).join(", ") ?? "";
  if (mapping?.rowKind === ImportRowKind.CONTACT) return judgedContact(world, kept, number, cells, cell);
  const row = (outcome: ImportOutcome, problems: ImportProblem[] = [], clientId = "", other = 0): ImportRow => create(ImportRowSchema, { rowNumber: BigInt(number), outcome, cells, problems, clientId, otherRowNumber: BigInt(other) });
  const problems = wrong(world, cell, mapping?.skipUnknown ?? false);
  if (problems.length > 0) return row(ImportOutcome.REFUSED, problems);
  const [name, inn] = [cell("name"), cell("inn")];
  const same = (reason: ImportReason): ImportProblem => create(ImportProblemSchema, { field: inn ? "inn" : "name", reason });
  if (mapping?.doubles !== ImportDoubles.MAKE) {
    const earlier = [...kept.results.values()].find((other) => other.outcome === ImportOutcome.MADE && sameCells(kept, other.cells, name, inn));
    if (earlier) return row(ImportOutcome.DOUBLE, [same(ImportReason.SAME_ROW)], "", Number(earlier.rowNumber));
    const there = [...world.clients.values()].find((client) => !client.mergedIntoClientId && !client.archivedAt && (inn ? client.inn === inn : client.name.toLowerCase() === name.toLowerCase()));
    if (there && mapping?.doubles === ImportDoubles.FILL && inn && !there.comment && cell("comment")) {
      if (!dryRun) there.comment = cell("comment");
      return row(ImportOutcome.UPDATED, [], there.clientId);
    }
    if (there) return row(ImportOutcome.DOUBLE, [same(ImportReason.SAME_CLIENT)], there.clientId);
  }
  if (dryRun) return row(ImportOutcome.MADE);
  const phone = cell("addresses:phone");
  const client = create(ClientSchema, { clientId: newId(), etag: "1", name, inn, comment: cell("comment"), kind: mapping?.kind || ClientKind.COMPANY, responsibleEmployeeId: mapping?.responsibleEmployeeId ?? "", tagIds: mapping?.tagIds ?? [], addresses: phone ? [{ kind: AddressKind.PHONE, value: phone, display: phone }] : [], createdAt: stamp(Date.now()), updatedAt: stamp(Date.now()) });
  world.clients.set(client.clientId, client);
  clientChanged(world, client);
  return row(ImportOutcome.MADE, [], client.clientId);
}

function sameCells(kept: Kept, cells: readonly string[], name: string, inn: string): boolean {
  const at = (target: string): string => cells[kept.import.mapping?.columns.find((one) => one.target === target)?.column ?? -1]?.trim() ?? "";
  return inn ? at("inn") === inn : at("name").toLowerCase() === name.toLowerCase();
}

function wrong(world: World, cell: (target: string) => string, skipUnknown: boolean): ImportProblem[] {
  const bad = (field: string, reason: ImportReason, text: string): ImportProblem => create(ImportProblemSchema, { field, reason, value: text });
  const phone = cell("addresses:phone");
  const tags = new Set([...world.entries.values()].filter(({ kind }) => kind === DirectoryKind.TAG).map(({ name }) => name.toLowerCase()));
  const unknown = cell("tags").split(",").map((tag) => tag.trim()).filter((tag) => tag && !tags.has(tag.toLowerCase()));
  return [
    ...(phone && phone.replaceAll(/\D/gu, "").length < 10 ? [bad("addresses:phone", ImportReason.INVALID, phone)] : []),
    ...(skipUnknown ? [] : unknown.map((tag) => bad("tags", ImportReason.UNKNOWN, tag))),
    ...(cell("name") ? [] : [bad("name", ImportReason.INVALID, "")]),
    ...(cell("inn") && !isInn(cell("inn")) ? [bad("inn", ImportReason.INVALID, "")] : []),
  ];
}
