import { IconSelector } from "@tabler/icons-react";
import { useState } from "react";
import { Dialog } from "../Dialog.tsx";
import { Field } from "../Field.tsx";
import { Picker, type PickerItem } from "../Picker.tsx";
import css from "./form.module.css";

type Props = {
  label: string;
  hint?: React.ReactNode;
  error?: string | undefined;
  /** What is chosen, in words; empty shows `placeholder`. */
  value: string;
  placeholder: string;
  items: () => readonly PickerItem[];
  disabled?: boolean;
  onPick: (id: string) => void;
};

/** One of many, with search: the button says what is chosen and opens the picker. */
export function PickButton({ label, hint, error, value, placeholder, items, disabled = false, onPick }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Field label={label} hint={hint} error={error}>
        {({ className: _, ...props }) => (
          <button type="button" {...props} className={css.pick} disabled={disabled} aria-haspopup="dialog" onClick={() => setOpen(true)}>
            <span className={value ? undefined : css.placeholder}>{value || placeholder}</span>
            <IconSelector size={16} stroke={1.75} aria-hidden="true" />
          </button>
        )}
      </Field>
      {open && (
        <Dialog title={label} onClose={() => setOpen(false)}>
          <Picker
            label={label}
            items={items()}
            onPick={({ id }) => {
              setOpen(false);
              onPick(id);
            }}
          />
        </Dialog>
      )}
    </>
  );
}
