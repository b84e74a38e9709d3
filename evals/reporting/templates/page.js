(() => {
  "use strict";
  const index = JSON.parse(document.getElementById("index").textContent);
  const form = document.getElementById("filter");
  const cards = [...document.querySelectorAll("details.scenario")];
  const count = document.getElementById("count");
  const nothing = document.getElementById("nothing");
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().split(/\s+/).filter(Boolean);
  const shown = () => cards.filter((card) => !card.hidden);

  function apply(keep) {
    const wanted = Object.fromEntries(new FormData(form));
    const terms = fold(wanted.text);
    for (const [place, card] of cards.entries()) {
      const fits = ["status", "language", "business", "tag"].every(
        (name) => !wanted[name] || card.dataset[name].includes(`|${wanted[name]}|`),
      );
      card.hidden = !(fits && terms.every((term) => index[place].includes(term)));
    }
    const number = shown().length;
    count.value = `${number} of ${cards.length} shown`;
    nothing.hidden = number > 0;
    if (!keep) {
      const chosen = Object.entries(wanted).filter(([, value]) => value);
      history.replaceState(null, "", chosen.length ? `#?${new URLSearchParams(chosen)}` : "#");
    }
  }

  function follow() {
    let hash = "";
    try {
      hash = decodeURIComponent(location.hash);
    } catch {
      hash = location.hash;
    }
    if (hash.startsWith("#?")) {
      for (const [name, value] of new URLSearchParams(location.hash.slice(2))) {
        if (form.elements[name]) form.elements[name].value = value;
      }
      apply(true);
    } else if (hash.startsWith("#s-")) {
      const card = document.getElementById(hash.slice(1));
      if (!card) return;
      if (card.hidden) {
        form.reset();
        apply(true);
      }
      card.open = true;
      card.querySelector("summary").focus({ preventScroll: true });
      card.scrollIntoView();
    }
  }

  function all(open) {
    for (const card of shown()) card.open = open;
  }

  document.addEventListener("click", (event) => {
    const what = event.target.dataset?.do;
    if (what === "open") all(true);
    if (what === "close") all(false);
    if (what === "reset") form.reset();
    const link = event.target.closest?.('a[href^="#s-"]');
    if (link && link.hash === location.hash) {
      event.preventDefault();
      follow();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "")) {
      event.preventDefault();
      form.elements.text.focus();
    }
  });
  form.addEventListener("input", () => apply());
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  window.addEventListener("hashchange", follow);
  form.hidden = false;
  apply(true);
  follow();
})();
