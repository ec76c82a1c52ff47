import { type Capabilities, TextUnit } from "../../../gen/okno/channel/v1/gateway_pb.ts";

/** How long a text is, as the channel counts. */
export function lengthOf(text: string, unit: TextUnit): number {
  switch (unit) {
    case TextUnit.CODE_POINTS:
      return [...text].length;
    case TextUnit.BYTES:
      return new TextEncoder().encode(text).length;
    default:
      return text.length;
  }
}

/** Into how many messages the channel's limit cuts a text; 1 when there is no limit. */
export function partsOf(text: string, capabilities: Capabilities | undefined): number {
  const limit = capabilities?.textLimit ?? 0;
  return limit > 0 ? Math.max(1, Math.ceil(lengthOf(text, capabilities?.textUnit ?? TextUnit.UTF16) / limit)) : 1;
}
