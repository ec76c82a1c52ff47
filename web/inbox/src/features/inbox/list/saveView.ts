import { createClient } from "@connectrpc/connect";
import { ViewService } from "../../../gen/okno/inbox/v1/view_service_pb.ts";
import { problemText } from "../../../i18n/problem.ts";
import { type Problem, problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { transport } from "../../../rpc/transport.ts";
import { toast } from "../../../ui/toasts.ts";
import { type ListFilter, savedViewPath } from "../filter.ts";
import { forgetSavedViews, type SavedView, viewFields } from "../savedViews.ts";

const views = createClient(ViewService, transport);

/** A new view of this list; its path, or why not. Pressing twice makes one. */
export async function createView(requestId: string, filter: ListFilter, name: string, shared: boolean): Promise<{ path: string } | { problem: Problem }> {
  try {
    const { view } = await views.createView({ requestId, view: { ...viewFields(filter), name, shared } });
    forgetSavedViews();
    return { path: savedViewPath(view?.viewId ?? requestId) };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

export function newViewId(): string {
  return newId();
}

export function saveChanges(view: SavedView, filter: ListFilter): Promise<boolean> {
  return update({ ...view, ...viewFields(filter) }, ["base", "order", "filter", "query"]);
}

export function changeView(view: SavedView, part: Partial<Pick<SavedView, "name" | "shared" | "rank">>): Promise<boolean> {
  return update({ ...view, ...part }, Object.keys(part));
}

export function removeView({ viewId, etag }: SavedView): Promise<boolean> {
  return told(views.deleteView({ viewId, etag }));
}

function update(view: Parameters<typeof views.updateView>[0]["view"], paths: string[]): Promise<boolean> {
  return told(views.updateView({ view, updateMask: { paths } }));
}

/** Says what was refused; true when it was done. */
async function told(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    toast(problemText(problemOf(error)), { error: true });
    return false;
  } finally {
    forgetSavedViews();
  }
}
