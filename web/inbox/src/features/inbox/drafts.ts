import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import { conversations } from "../../rpc/clients.ts";
import { problemOf } from "../../rpc/errors.ts";
import { employeeId } from "../../rpc/session.ts";
import type { Draft } from "../../gen/okno/inbox/v1/conversation_service_pb.ts";
import { hasShape, names, readJson, write } from "../../ui/stored.ts";
import { isOutFile, type OutFile } from "./outFile.ts";

// A draft per conversation: here each 300 ms, on the server after two seconds of rest and when the field is left.

export type Mode = "reply" | "note";

export type DraftText = {
  text: string;
  noteText: string;
  replyTo: string;
  files: readonly OutFile[];
};

export type DraftState = DraftText & {
  mode: Mode;
  etag: string;
  /** Changed here since the server last heard of it. */
  dirty: boolean;
  /** What another device has saved meanwhile. */
  theirs?: Draft;
};

const EMPTY: DraftState = { text: "", noteText: "", replyTo: "", files: [], mode: "reply", etag: "", dirty: false };
const LOCAL_MS = 300;
const SERVER_MS = 2_000;
/** After a save that failed; doubled each time. */
const RETRY_MS = 4_000;
const RETRY_MAX_MS = 60_000;
/** After so many failures the next try is that of the next edit. */
const TRIES = 20;

const states = new Map<string, DraftState>();
const timers = new Map<string, { local?: ReturnType<typeof setTimeout>; server?: ReturnType<typeof setTimeout> }>();
const saving = new Map<string, Promise<void>>();
/** Grows when all is forgotten: what was asked before then changes nothing any more. */
let age = 0;
const failures = new Map<string, number>();
const listeners = new Set<() => void>();

export function useDraft(conversationId: string): [DraftState, (part: Partial<DraftText & { mode: Mode }>) => void] {
  const state = useSyncExternalStore(subscribe, () => draftOf(conversationId));
  const loaded = useRef("");
  useEffect(() => {
    if (loaded.current !== conversationId) void loadDraft(conversationId);
    loaded.current = conversationId;
    return () => saveNow(conversationId);
  }, [conversationId]);
  const edit = useCallback((part: Partial<DraftText & { mode: Mode }>) => editDraft(conversationId, part), [conversationId]);
  return [state, edit];
}

/** What is written here and not sent, for the row of a list; empty when nothing is known here. */
export function localDraftText(conversationId: string): string {
  const { text, noteText } = draftOf(conversationId);
  return text || noteText;
}

export function draftOf(conversationId: string): DraftState {
  const known = states.get(conversationId);
  if (known) return known;
  const state = readJson(storedAs(conversationId), isDraft) ?? EMPTY;
  states.set(conversationId, state);
  return state;
}

const SHAPE = { text: "string", noteText: "string", replyTo: "string", files: "array", mode: "string", etag: "string", dirty: "boolean" } as const;

function isDraft(value: unknown): value is DraftState {
  return hasShape(value, SHAPE) && (value as DraftState).files.every(isOutFile) && ["reply", "note"].includes((value as DraftState).mode);
}

export function editDraft(conversationId: string, part: Partial<DraftText & { mode: Mode }>): void {
  const onlyMode = Object.keys(part).every((name) => name === "mode");
  set(conversationId, { ...draftOf(conversationId), ...part, ...(onlyMode ? {} : { dirty: true }) });
  if (!onlyMode) saveSoon(conversationId);
}

/** After a send: this mode's text goes, the other's stays. */
export function clearDraft(conversationId: string, mode: Mode): void {
  editDraft(conversationId, mode === "note" ? { noteText: "" } : { text: "", replyTo: "", files: [] });
  saveNow(conversationId);
}

/** Settles a draft that two devices have changed. */
export function chooseDraft(conversationId: string, which: "mine" | "theirs"): void {
  const state = draftOf(conversationId);
  if (which === "theirs" && state.theirs) takeTheirs(conversationId, state.theirs).catch(() => undefined); // the choice stands open
  else {
    set(conversationId, { ...state, etag: "", theirs: undefined, dirty: true });
    saveNow(conversationId);
  }
}

/** Another device saved this draft. What was not touched here follows it; the rest is settled when it is saved. */
export function hearDraft(conversationId: string, etag: string): void {
  const state = states.get(conversationId);
  if (!state || state.dirty || state.etag === etag || saving.has(conversationId)) return;
  void loadDraft(conversationId);
}

async function loadDraft(conversationId: string): Promise<void> {
  try {
    const before = draftOf(conversationId).etag;
    const { draft } = await conversations.getDraft({ conversationId });
    const files = draft ? await describe(draft.fileIds) : [];
    // What was saved from here meanwhile is newer than what we were told.
    if (draftOf(conversationId).etag === before && !saving.has(conversationId)) meet(conversationId, draft, files);
  } catch {
    // What is written here stays; the next save tries again.
  }
}

/** Brings the server's draft together with what is written here, as it is at this moment. */
function meet(conversationId: string, draft: Draft | undefined, files: readonly OutFile[]): void {
  const state = draftOf(conversationId);
  if (!state.dirty) take(conversationId, draft, files);
  else if (draft && draft.etag !== state.etag) set(conversationId, { ...state, theirs: draft });
  else {
    // Theirs is gone, sent or emptied: ours is the only one.
    set(conversationId, { ...state, etag: draft?.etag ?? "" });
    saveSoon(conversationId);
  }
}

/** What is typed while their files are asked for unsettles the choice: it is put again. */
async function takeTheirs(conversationId: string, theirs: Draft): Promise<void> {
  const chosenAt = draftOf(conversationId);
  const files = await describe(theirs.fileIds);
  if (draftOf(conversationId) === chosenAt) take(conversationId, theirs, files);
}

function take(conversationId: string, draft: Draft | undefined, files: readonly OutFile[]): void {
  const { mode } = draftOf(conversationId);
  set(conversationId, {
    ...EMPTY,
    mode,
    text: draft?.text ?? "",
    noteText: draft?.noteText ?? "",
    replyTo: draft?.replyToMessageId ?? "",
    files,
    etag: draft?.etag ?? "",
  });
}

async function describe(fileIds: readonly string[]): Promise<OutFile[]> {
  if (fileIds.length === 0) return [];
  const { files } = await import("../../rpc/files.ts");
  const found = await Promise.allSettled(fileIds.map((fileId) => files.getFile({ fileId })));
  return found.flatMap((result) => {
    const file = result.status === "fulfilled" ? result.value.file : undefined;
    return file ? [{ fileId: file.fileId, name: file.name, mimeType: file.mimeType, sizeBytes: Number(file.sizeBytes) }] : [];
  });
}

function saveSoon(conversationId: string, inMs = SERVER_MS): void {
  const timer = timers.get(conversationId) ?? {};
  timers.set(conversationId, timer);
  timer.local ??= setTimeout(() => {
    timer.local = undefined;
    store(conversationId);
  }, LOCAL_MS);
  clearTimeout(timer.server);
  timer.server = setTimeout(() => saveNow(conversationId), inMs);
}

export function saveNow(conversationId: string): void {
  clearTimeout(timers.get(conversationId)?.server);
  store(conversationId);
  if (draftOf(conversationId).dirty && !saving.has(conversationId)) void save(conversationId);
}

/** One save at a time; what is changed meanwhile, or could not be saved, is saved afterwards. */
function save(conversationId: string): Promise<void> {
  const run = saveOnce(conversationId).finally(() => saving.delete(conversationId));
  saving.set(conversationId, run);
  return run;
}

async function saveOnce(conversationId: string): Promise<void> {
  try {
    await put(conversationId);
    failures.delete(conversationId);
    if (draftOf(conversationId).dirty) saveSoon(conversationId);
  } catch (error) {
    if (problemOf(error).reason === "ETAG_MISMATCH") void loadDraft(conversationId);
    else saveLater(conversationId);
  }
}

/** Saves at once what the server does not have yet; how many drafts it could not be given. */
export async function saveDrafts(): Promise<number> {
  await Promise.all([...unsaved()].map(saveDirty));
  return unsaved().size;
}

async function saveDirty(conversationId: string): Promise<void> {
  await saving.get(conversationId);
  if (draftOf(conversationId).dirty) await save(conversationId);
}

/** Those of other tabs too, by what is stored. */
function unsaved(): Set<string> {
  const start = storedAs("");
  const stored = names(start).filter((name) => readJson(name, isDraft)?.dirty).map((name) => name.slice(start.length));
  return new Set([...stored.filter((id) => !states.has(id)), ...[...states.keys()].filter((id) => draftOf(id).dirty)]);
}

const FORGOTTEN = "okno.draftsForgotten";

/** Nothing of them stays in this page, and it stores none of them again. */
export function forgetDrafts(): void {
  for (const { local, server } of timers.values()) (clearTimeout(local), clearTimeout(server));
  age += 1;
  timers.clear();
  states.clear();
  for (const tell of listeners) tell();
}

/** The other tabs forget those of this employee as well. */
export function tellDraftsForgotten(employee: string): void {
  write(FORGOTTEN, employee);
  write(FORGOTTEN, undefined);
}

/** Listens to the other tabs, and stores what was written last when the page goes. */
export function followDrafts(): () => void {
  const hear = ({ key, newValue }: StorageEvent): void => {
    if (key === FORGOTTEN && newValue === employeeId()) forgetDrafts();
  };
  const storeAll = (): void => {
    for (const [conversationId, { local }] of timers) if (local !== undefined) store(conversationId);
  };
  addEventListener("storage", hear);
  addEventListener("pagehide", storeAll);
  return () => {
    removeEventListener("storage", hear);
    removeEventListener("pagehide", storeAll);
  };
}

function saveLater(conversationId: string): void {
  const failed = (failures.get(conversationId) ?? 0) + 1;
  failures.set(conversationId, failed);
  if (failed < TRIES) saveSoon(conversationId, Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** (failed - 1)));
}

async function put(conversationId: string): Promise<void> {
  const sent = draftOf(conversationId);
  const sentAt = age;
  const { draft } = await conversations.saveDraft({
    draft: {
      conversationId,
      text: sent.text,
      noteText: sent.noteText,
      replyToMessageId: sent.replyTo,
      fileIds: sent.files.map((file) => file.fileId),
      etag: sent.etag,
    },
  });
  if (age !== sentAt) return;
  const now = draftOf(conversationId);
  const same = now.text === sent.text && now.noteText === sent.noteText && now.files === sent.files && now.replyTo === sent.replyTo;
  set(conversationId, { ...now, etag: draft?.etag ?? "", dirty: !same });
  store(conversationId);
}

function set(conversationId: string, state: DraftState): void {
  states.set(conversationId, state);
  for (const tell of listeners) tell();
}

function store(conversationId: string): void {
  const { theirs: _, ...state } = draftOf(conversationId);
  const empty = !state.text && !state.noteText && state.files.length === 0 && !state.dirty;
  write(storedAs(conversationId), empty ? undefined : JSON.stringify(state));
}

function storedAs(conversationId: string): string {
  return `okno.draft.${employeeId()}.${conversationId}`;
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}
