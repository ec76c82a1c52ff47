import { common } from "./ru/common.ts";
import { inbox } from "./ru/inbox.ts";
import { reasons } from "./ru/reasons.ts";
import { settings } from "./ru/settings.ts";

export const ru = { ...common, ...inbox, ...reasons, ...settings };
