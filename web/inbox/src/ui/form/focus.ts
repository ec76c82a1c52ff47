/** Leads to the first field that is wrong. */
export function focusFirstError(within: HTMLElement | null): void {
  requestAnimationFrame(() => within?.querySelector<HTMLElement>('[aria-invalid="true"], fieldset[aria-describedby] :is(input, select, button)')?.focus());
}
