import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { Role } from "../../src/gen/okno/org/v1/employee_service_pb.ts";
import { type View, ViewSchema, ViewService } from "../../src/gen/okno/inbox/v1/view_service_pb.ts";
import { listed } from "../filter.ts";
import { refuse, type World } from "../world.ts";

const AT_MOST = 50;

export function views(router: ConnectRouter, world: World): void {
  const told = (view: View): { view: View } => {
    world.event({ what: { case: "viewChanged", value: { viewId: view.viewId } } });
    return { view };
  };
  const known = (viewId: string, etag: string): View => {
    const view = world.views.get(viewId);
    if (!view) throw refuse("VIEW_NOT_FOUND", Code.NotFound);
    if (etag && etag !== view.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
    return view;
  };
  router.service(ViewService, {
    listViews(_, context) {
      const me = world.caller(context);
      const seen = [...world.views.values()].filter((view) => view.shared || view.ownerEmployeeId === me.employeeId);
      return { views: seen.sort((a, b) => a.rank - b.rank || a.name.localeCompare(b.name)) };
    },
    createView({ requestId, view }, context) {
      const me = world.caller(context);
      const again = world.views.get(requestId);
      if (again) return { view: again };
      if ([...world.views.values()].filter((other) => other.ownerEmployeeId === me.employeeId).length >= AT_MOST) throw refuse("VIEW_LIMIT", Code.ResourceExhausted, { limit: String(AT_MOST) });
      if (view?.shared && !me.roles.some((role) => role === Role.HEAD || role === Role.ADMINISTRATOR)) throw refuse("PERMISSION", Code.PermissionDenied);
      const made = create(ViewSchema, view ?? {});
      Object.assign(made, { viewId: requestId, etag: "1", ownerEmployeeId: me.employeeId, rank: world.views.size + 1 });
      world.views.set(requestId, made);
      return told(made);
    },
    updateView({ view, updateMask }) {
      const old = known(view?.viewId ?? "", view?.etag ?? "");
      const made = create(ViewSchema, old);
      for (const path of updateMask?.paths ?? []) Object.assign(made, { [path]: view?.[path as keyof View] });
      made.etag = String(Number(old.etag) + 1);
      world.views.set(made.viewId, made);
      return told(made);
    },
    deleteView({ viewId, etag }) {
      told(known(viewId, etag));
      world.views.delete(viewId);
      return {};
    },
    countViews({ viewIds }, context) {
      const me = world.caller(context);
      return {
        counts: viewIds.flatMap((viewId) => {
          const view = world.views.get(viewId);
          return view ? [{ viewId, count: listed(world, me, { view: view.base, order: view.order, query: view.query, filter: view.filter }).length }] : [];
        }),
      };
    },
  });
}
