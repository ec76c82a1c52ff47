import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { type AccessLevel, AccessLevelSchema, AccessService } from "../../src/gen/okno/crm/v1/access_service_pb.ts";
import { type DirectoryEntry, DirectoryEntrySchema, DirectoryKind, DirectoryService } from "../../src/gen/okno/crm/v1/directory_service_pb.ts";
import { ClientSettingsSchema, type CustomField, CustomFieldSchema, FieldService } from "../../src/gen/okno/crm/v1/field_service_pb.ts";
import { refuse, type World } from "../world.ts";
import { changed } from "./cards.ts";
import { onlyAdministrators } from "./employees.ts";

/** Short lists, own fields and access levels of cards. */
export function directories(router: ConnectRouter, world: World): void {
  const free = (entry: DirectoryEntry): void => {
    const same = (other: DirectoryEntry): boolean => other.kind === entry.kind && !other.archived && other.entryId !== entry.entryId && other.name.toLowerCase() === entry.name.toLowerCase();
    if ([...world.entries.values()].some(same)) throw refuse("NAME_TAKEN", Code.AlreadyExists);
  };
  const keep = (entry: DirectoryEntry): { entry: DirectoryEntry } => {
    free(entry);
    world.entries.set(entry.entryId, entry);
    world.event({ area: "crm", what: { case: "directoryChanged", value: { entryId: entry.entryId } } });
    return { entry };
  };
  router.service(DirectoryService, {
    listDirectoryEntries: ({ kinds, withArchived, query }) => ({
      entries: [...world.entries.values()].filter((entry) => (kinds.length === 0 || kinds.includes(entry.kind)) && (withArchived || !entry.archived) && entry.name.toLowerCase().includes(query.toLowerCase())),
    }),
    createDirectoryEntry({ requestId, entry }, context) {
      if (entry?.kind !== DirectoryKind.TAG && entry?.kind !== DirectoryKind.HOLDING) onlyAdministrators(world, context);
      return keep(create(DirectoryEntrySchema, { ...(entry as DirectoryEntry), entryId: requestId, etag: "1" }));
    },
    updateDirectoryEntry({ entry, updateMask }, context) {
      onlyAdministrators(world, context);
      const known = world.entries.get(entry?.entryId ?? "");
      if (!known) throw refuse("DIRECTORY_ENTRY_NOT_FOUND", Code.NotFound);
      return keep(changed(DirectoryEntrySchema, known, entry, updateMask?.paths ?? []));
    },
  });
  let settings = create(ClientSettingsSchema, {
    etag: "1",
    versionedClientFields: ["name", "responsible_employee_id", "work_status"],
    versionedContactFields: ["state"],
    versionableClientFields: ["name", "responsible_employee_id", "work_status", "importance", "inn", "addresses"],
    versionableContactFields: ["surname", "position_id", "state", "addresses"],
  });
  const settingsChanged = (): void => world.event({ area: "crm", what: { case: "clientSettingsChanged", value: {} } });
  const keepField = (field: CustomField): { field: CustomField } => {
    const same = (other: CustomField): boolean => other.object === field.object && other.fieldId !== field.fieldId && other.name.toLowerCase() === field.name.toLowerCase();
    if ([...world.customFields.values()].some(same)) throw refuse("NAME_TAKEN", Code.AlreadyExists);
    world.customFields.set(field.fieldId, field);
    settingsChanged();
    return { field };
  };
  const keepLevel = (accessLevel: AccessLevel): { accessLevel: AccessLevel } => {
    world.levels.set(accessLevel.accessLevelId, accessLevel);
    settingsChanged();
    return { accessLevel };
  };
  router.service(FieldService, {
    createCustomField({ requestId, field }, context) {
      onlyAdministrators(world, context);
      return keepField(create(CustomFieldSchema, { ...(field as CustomField), fieldId: requestId, etag: "1" }));
    },
    updateCustomField({ field, updateMask }, context) {
      onlyAdministrators(world, context);
      const known = world.customFields.get(field?.fieldId ?? "");
      if (!known) throw refuse("CUSTOM_FIELD_NOT_FOUND", Code.NotFound);
      return keepField(changed(CustomFieldSchema, known, field, updateMask?.paths ?? []));
    },
    getClientSettings: () => ({ settings }),
    updateClientSettings({ settings: wanted, updateMask }, context) {
      onlyAdministrators(world, context);
      settings = changed(ClientSettingsSchema, settings, wanted, updateMask?.paths ?? []);
      settingsChanged();
      return { settings };
    },
    listCustomFields: ({ object, withArchived }) => ({ fields: [...world.customFields.values()].filter((field) => (!object || field.object === object) && (withArchived || !field.archived)) }),
  });
  router.service(AccessService, {
    createAccessLevel({ requestId, accessLevel }, context) {
      onlyAdministrators(world, context);
      return keepLevel(create(AccessLevelSchema, { ...(accessLevel as AccessLevel), accessLevelId: requestId, etag: "1" }));
    },
    updateAccessLevel({ accessLevel, updateMask }, context) {
      onlyAdministrators(world, context);
      const known = world.levels.get(accessLevel?.accessLevelId ?? "");
      if (!known) throw refuse("ACCESS_LEVEL_NOT_FOUND", Code.NotFound);
      return keepLevel(changed(AccessLevelSchema, known, accessLevel, updateMask?.paths ?? []));
    },
    listAccessLevels: ({ withArchived }) => ({ accessLevels: [...world.levels.values()].filter((level) => withArchived || !level.archived) }),
  });
}
