import { Editor as Tiptap } from "@tiptap/core";
import Image from "@tiptap/extension-image";
import StarterKit from "@tiptap/starter-kit";
import { IconBlockquote, IconBold, IconClearFormatting, IconItalic, IconLink, IconList, IconListNumbers, IconPhotoPlus, IconUnderline } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { t } from "../../../../i18n/index.ts";
import { fileUrl, upload } from "../../../../rpc/upload.ts";
import { IconButton } from "../../../../ui/IconButton.tsx";
import { toast } from "../../../../ui/toasts.ts";
import css from "./Write.module.css";

type Props = {
  html: string;
  onChange: (html: string, text: string) => void;
  /** Files that are no pictures. */
  onFiles: (files: readonly File[]) => void;
  onReady: (editor: Tiptap) => void;
  onLeave: () => void;
};

const EXTENSIONS = [
  // No colours and no fonts: a letter looks as its reader's program shows letters.
  StarterKit.configure({ heading: false, codeBlock: false, code: false, horizontalRule: false, link: { openOnClick: false, protocols: ["http", "https", "mailto", "tel"], HTMLAttributes: { target: null, rel: null, class: null } } }),
  Image.configure({ inline: true, allowBase64: false }),
];

/** Rich text. What is pasted keeps of its form what letters may have; pictures become part of the letter. */
export function Editor({ html, onChange, onFiles, onReady, onLeave }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<Tiptap>();
  const [, redraw] = useState(0);
  const now = useRef({ onChange, onFiles, onReady, onLeave });
  useEffect(() => {
    now.current = { onChange, onFiles, onReady, onLeave };
  });
  const [first] = useState(html);
  useEffect(() => {
    const made: Tiptap = new Tiptap({
      element: box.current,
      extensions: EXTENSIONS,
      content: first,
      editorProps: {
        attributes: { id: "composer", class: css.words ?? "", role: "textbox", "aria-multiline": "true", "aria-label": t("write.label"), dir: "auto" },
        handlePaste: (_, event) => take(event.clipboardData?.files),
        handleDrop: (_, event) => take(event.dataTransfer?.files) && (event.stopPropagation(), true),
        handleKeyDown: (_, event) => event.key === "Escape" && (now.current.onLeave(), event.stopPropagation(), true),
      },
      onUpdate: ({ editor: changed }) => now.current.onChange(changed.isEmpty ? "" : changed.getHTML(), changed.getText({ blockSeparator: "\n" })),
      onTransaction: () => redraw((n) => n + 1),
    });
    function take(list: FileList | undefined): boolean {
      const files = [...(list ?? [])];
      if (files.length === 0) return false;
      for (const file of files.filter(isPicture)) void addPicture(made, file);
      const others = files.filter((file) => !isPicture(file));
      if (others.length > 0) now.current.onFiles(others);
      return true;
    }
    setEditor(made);
    now.current.onReady(made);
    return () => made.destroy();
  }, [first]);
  return (
    <>
      {editor && <Format editor={editor} />}
      <div ref={box} className={css.editor} />
    </>
  );
}

function isPicture({ type }: File): boolean {
  return /^image\/(?:png|jpeg|gif|webp)$/u.test(type);
}

async function addPicture(editor: Tiptap, file: File): Promise<void> {
  const { fileId, done } = upload(file, () => undefined);
  try {
    await done;
    if (!editor.isDestroyed) editor.chain().focus().setImage({ src: fileUrl(fileId), alt: file.name }).run();
  } catch {
    toast(t("write.pictureFailed", { name: file.name }), { error: true });
  }
}

/** What words may look like. */
function Format({ editor }: { editor: Tiptap }) {
  const picker = useRef<HTMLInputElement>(null);
  const [linking, setLinking] = useState(false);
  const tool = (label: string, icon: React.ReactNode, active: boolean, run: () => void): React.ReactNode => (
    <IconButton small label={label} aria-pressed={active} onPointerDown={(event) => event.preventDefault()} onClick={run}>
      {icon}
    </IconButton>
  );
  const chain = () => editor.chain().focus();
  const look = { size: 16, stroke: 1.75, "aria-hidden": true } as const;
  return (
    <div className={css.format} role="toolbar" aria-label={t("write.format")}>
      {tool(t("write.bold"), <IconBold {...look} />, editor.isActive("bold"), () => chain().toggleBold().run())}
      {tool(t("write.italic"), <IconItalic {...look} />, editor.isActive("italic"), () => chain().toggleItalic().run())}
      {tool(t("write.underline"), <IconUnderline {...look} />, editor.isActive("underline"), () => chain().toggleUnderline().run())}
      {tool(t("write.list"), <IconList {...look} />, editor.isActive("bulletList"), () => chain().toggleBulletList().run())}
      {tool(t("write.numbers"), <IconListNumbers {...look} />, editor.isActive("orderedList"), () => chain().toggleOrderedList().run())}
      {tool(t("write.quote"), <IconBlockquote {...look} />, editor.isActive("blockquote"), () => chain().toggleBlockquote().run())}
      {tool(t("write.link"), <IconLink {...look} />, editor.isActive("link"), () => (editor.isActive("link") ? chain().extendMarkRange("link").unsetLink().run() : setLinking(true)))}
      {tool(t("write.picture"), <IconPhotoPlus {...look} />, false, () => picker.current?.click())}
      {tool(t("write.plain"), <IconClearFormatting {...look} />, false, () => chain().clearNodes().unsetAllMarks().run())}
      <input
        ref={picker}
        type="file"
        accept="image/png,image/jpeg,image/gif,image/webp"
        hidden
        onChange={(event) => {
          for (const file of event.target.files ?? []) void addPicture(editor, file);
          event.target.value = "";
        }}
      />
      {linking && <LinkField onDone={(href) => (setLinking(false), put(editor, href))} />}
    </div>
  );
}

/** Over what is selected; where nothing is, the address itself is put in. */
function put(editor: Tiptap, typed: string): void {
  const href = typed && !/^(?:https?|mailto|tel):/iu.test(typed) ? (typed.includes("@") ? `mailto:${typed}` : `https://${typed}`) : typed;
  const chain = editor.chain().focus();
  if (!href) chain.run();
  else if (editor.state.selection.empty) chain.insertContent({ type: "text", text: typed, marks: [{ type: "link", attrs: { href } }] }).run();
  else chain.setLink({ href }).run();
}

function LinkField({ onDone }: { onDone: (href: string) => void }) {
  const [href, setHref] = useState("");
  return (
    <input
      className={css.link}
      aria-label={t("write.linkTo")}
      placeholder="https://"
      autoFocus
      value={href}
      onChange={(event) => setHref(event.target.value)}
      onBlur={() => onDone("")}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onDone(event.key === "Enter" ? href.trim() : "");
      }}
    />
  );
}
