/** What a person left of themselves in a form: what the site marked, and nothing else. */
export type Left = Partial<Record<"name" | "phone" | "email", string>>;

/** A form's name for staff; what opens something or looks for something is no form of this kind. */
export function formName(form: HTMLFormElement): string | undefined {
  if (form.querySelector("input[type=password],input[type=search]") || form.role === "search") return undefined;
  return form.dataset["oknoForm"] ?? form.getAttribute("name") ?? form.ariaLabel ?? form.id;
}

const MOST = 254;

/** Only what people see and type in the open: never what is hidden, opens something or pays, whatever its mark says. */
export function leftIn(form: HTMLFormElement): Left {
  const left: Left = {};
  for (const { dataset, type, autocomplete, value = "" } of form.elements as Iterable<Partial<HTMLInputElement>>) {
    const kind = /^(?:name|phone|email)$/.exec(dataset?.["oknoField"] ?? "")?.[0] as keyof Left | undefined;
    if (kind && value.trim() && !left[kind] && /^(?:text|tel|email)$/.test(type ?? "") && !/\bcc-|password|one-time/.test(autocomplete ?? "")) left[kind] = value.trim().slice(0, MOST);
  }
  return left;
}
