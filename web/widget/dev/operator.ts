/** A page to answer from while developing: `/dev/operator`. */
export function operatorPage(): string {
  return `<!doctype html><html lang="ru"><meta charset="utf-8"><title>Оператор</title>
<body style="font:16px/1.5 system-ui;max-width:640px;margin:24px auto">
<h1>Оператор</h1><label>Учётная запись <select id="account"></select></label>
<pre id="log" style="background:#eee;padding:12px;min-height:160px;white-space:pre-wrap"></pre>
<form id="form"><input id="text" size="50" autofocus autocomplete="off"> <button>Ответить</button></form>
<p><button data-act="typing" data-body='{"name":"Анна"}'>Печатает</button> <button data-act="seen">Прочитано</button>
<button data-act="reply" data-body='{"text":"","picture":3}'>Картинка</button>
<button data-act="office" data-body='{"open":false,"online":0}'>Закрыто</button>
<button data-act="office" data-body='{"open":true,"online":2,"reply_seconds":300}'>Открыто</button>
<button data-cut>Перезапуск</button></p>
<script>
const call = (path, body) => fetch("/dev/" + path, body === undefined ? {} : { method: "POST", body }).then((answer) => answer.json());
const act = (name, body = "{}") => call(account.value + "/" + name, body).then(show);
async function show() {
  const { visitor } = await call(account.value + "/state");
  log.textContent = (visitor?.messages ?? []).map((one) => (one.own ? "→ " : "← ") + one.text + one.files.map((file) => " [" + file.name + "]").join("")).join("\\n");
}
form.onsubmit = (event) => { event.preventDefault(); act("reply", JSON.stringify({ text: text.value })); text.value = ""; };
for (const button of document.querySelectorAll("[data-act]")) button.onclick = () => act(button.dataset.act, button.dataset.body);
document.querySelector("[data-cut]").onclick = () => call("cut", "[]");
call("accounts").then((ids) => { account.append(...ids.map((id) => new Option(id))); show(); setInterval(show, 1000); });
</script></body></html>`;
}
