// Sets theme and language before the first paint, so that nothing flashes.
(function () {
  var root = document.documentElement;
  try {
    var scheme = localStorage.getItem("okno.scheme") || "auto";
    var dark = scheme === "dark" || (scheme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
    root.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
    root.lang = localStorage.getItem("okno.language") || root.lang;
  } catch (_) {
    // Storage is closed to us: the defaults stand.
  }
})();
