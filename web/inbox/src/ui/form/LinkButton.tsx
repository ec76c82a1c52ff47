import { Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";

type Props = ButtonProps & Omit<React.ComponentProps<"a">, keyof ButtonProps>;

function Anchor(props: Props) {
  return <Button component="a" {...props} />;
}

/** A link that looks like a button; address, parameters and search are checked like those of any link. */
export const LinkButton = createLink(Anchor);
