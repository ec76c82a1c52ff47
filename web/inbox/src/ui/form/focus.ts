/** Leads to the first field that is wrong. */
export function focusFirstError(within: HTMLElement | null): void {
  const first = (fields: string): HTMLElement | null | undefined => within?.querySelector<HTMLElement>(`[aria-invalid="true"], fieldset[aria-describedby] :is(${fields})`);
  // What was typed is wrong before what was chosen beside it.
  requestAnimationFrame(() => (first("input:not([type=checkbox], [type=radio])") ?? first("input, select, button"))?.focus());
}
