/** What must never run, wherever it stands: in a name, a text, the name of a file, a form, a link. */
export const CORPUS: readonly string[] = [
  `<img src=x onerror="ran=1">`,
  `"><script>ran=1</script>`,
  `<svg/onload=ran=1>`,
  `javascript:ran=1`,
  `<a href="javascript:ran=1">x</a>`,
  `<iframe srcdoc="<script>parent.ran=1</script>">`,
  `\${ran=1}{{constructor.constructor('ran=1')()}}`,
  `</textarea><script>ran=1</script>`,
  `https://example.com/"onmouseover="ran=1`,
  `\u202e<b onclick=ran=1>txt.exe\u202c`,
  `data:text/html,<script>ran=1</script>`,
];
