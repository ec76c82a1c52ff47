import { useId } from "react";
import css from "./Field.module.css";

type FieldProps = { id: string; className: string | undefined; "aria-describedby": string | undefined; "aria-invalid": boolean | undefined };

type Props = {
  label: string;
  hint?: React.ReactNode;
  error?: string | undefined;
  children: (props: FieldProps) => React.ReactNode;
};

/** A label above its field, with hint and error tied to it. */
export function Field({ label, hint, error, children }: Props) {
  const id = useId();
  const described = error ? `${id}-error` : hint ? `${id}-hint` : undefined;
  return (
    <div className={css.field}>
      <label htmlFor={id}>{label}</label>
      {children({ id, className: css.control, "aria-describedby": described, "aria-invalid": error ? true : undefined })}
      {error ? (
        <p id={`${id}-error`} className={css.error}>
          {error}
        </p>
      ) : (
        hint && (
          <p id={`${id}-hint`} className={css.hint}>
            {hint}
          </p>
        )
      )}
    </div>
  );
}
