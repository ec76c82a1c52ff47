import { type ChannelTemplate, TemplateHeaderKind } from "../../../gen/okno/channel/v1/template_pb.ts";

const VALUE_AT_MOST = 1_024;

/** Values by the name of their variable. */
export type Values = Readonly<Record<string, string>>;

/** A piece of a template's text: plain, or a place with its value, which may be empty. */
export type Piece = { text: string; variable?: string };

/** Takes a text apart at its places; what a value holds is never taken for a place. */
export function pieces(text: string, names: ReadonlySet<string>, values: Values): Piece[] {
  return text.split(/(\{\{[^{}]*\}\})/u).flatMap((part) => {
    const variable = /^\{\{(.*)\}\}$/u.exec(part)?.[1]?.trim() ?? "";
    if (names.has(variable)) return [{ text: values[variable] ?? "", variable }];
    return part ? [{ text: part }] : [];
  });
}

/** The variables that are empty or too long. */
export function gaps(template: ChannelTemplate, values: Values): string[] {
  const fits = (value: string, limit: number): boolean => value.trim() !== "" && [...value].length <= (limit || VALUE_AT_MOST);
  return template.variables.filter(({ name, limit }) => !fits(values[name] ?? "", limit)).map(({ name }) => name);
}

/** How it reads, as the server will write it into the thread. */
export function readAs(template: ChannelTemplate, values: Values): string {
  const names = new Set(template.variables.map(({ name }) => name));
  const filled = (text: string): string =>
    pieces(text, names, values)
      .map((piece) => piece.text)
      .join("")
      .trim();
  return [template.headerText, template.body, template.footer].map(filled).filter(Boolean).join("\n\n");
}

export function needsFile({ headerKind }: ChannelTemplate): boolean {
  return [TemplateHeaderKind.IMAGE, TemplateHeaderKind.VIDEO, TemplateHeaderKind.DOCUMENT].includes(headerKind);
}

/** The first place of the text is mostly the name. */
export function prefilled({ body, variables }: ChannelTemplate, personName: string): Values {
  const places = [...body.matchAll(/\{\{([^{}]*)\}\}/gu)].map(([, name]) => name?.trim());
  const first = places.find((place) => variables.some(({ name }) => name === place));
  return first && personName ? { [first]: personName.split(/\s+/u)[0] ?? "" } : {};
}
