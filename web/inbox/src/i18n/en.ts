import { common } from "./en/common.ts";
import { inbox } from "./en/inbox.ts";
import { reasons } from "./en/reasons.ts";
import { settings } from "./en/settings.ts";

export const en = { ...common, ...inbox, ...reasons, ...settings };
