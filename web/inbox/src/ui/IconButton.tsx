import { cx } from "./cx.ts";
import css from "./IconButton.module.css";

type Props = React.ComponentProps<"button"> & { label: string; small?: boolean };

/** A button that is an icon; its name stands in the tooltip as well. */
export function IconButton({ label, small = false, className, children, ...rest }: Props) {
  return (
    <button type="button" className={cx(css.button, small && css.small, className)} aria-label={label} title={label} {...rest}>
      {children}
    </button>
  );
}
