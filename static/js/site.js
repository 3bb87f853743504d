"use strict";

// Forms: sent once, and not left by mistake -------------------------------------------------------

const unsaved = new Set();

for (const form of document.querySelectorAll("form[data-warn-unsaved]")) {
  if ("unsaved" in form.dataset) unsaved.add(form);
  form.addEventListener("input", () => unsaved.add(form));
}

window.addEventListener("beforeunload", (event) => {
  if (unsaved.size > 0) event.preventDefault();
});

for (const link of document.querySelectorAll("a[data-discard]")) {
  link.addEventListener("click", (event) => {
    // In a new tab or window nothing is left behind.
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) unsaved.clear();
  });
}

for (const form of document.querySelectorAll("form[data-submit-once]")) {
  form.addEventListener("submit", (event) => {
    if ("sent" in form.dataset) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "";
    unsaved.delete(form);
    setButtons(form, true);
  });
}

// Back from the next page: the browser may show this one as it was left.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-submit-once]")) {
    delete form.dataset.sent;
    setButtons(form, false);
  }
});

function setButtons(form, disabled) {
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    button.disabled = disabled;
  }
}

// Files that are too large are not sent for nothing ------------------------------------------------

for (const input of document.querySelectorAll("input[data-max-bytes]")) {
  const warning = input.parentElement.querySelector("[data-too-large]");
  const button = input.form.querySelector("button:not([type=button])");
  input.addEventListener("change", () => {
    const isTooLarge = (input.files[0]?.size ?? 0) > Number(input.dataset.maxBytes);
    warning.hidden = !isTooLarge;
    button.disabled = isTooLarge;
  });
}

// What went wrong is read out first.
document.querySelector("[data-focus]")?.focus();

// Conflicts: their value for one field ------------------------------------------------------------

for (const button of document.querySelectorAll("[data-take-theirs]")) {
  const field = document.getElementById(button.dataset.takeTheirs);
  button.hidden = false;
  button.addEventListener("click", () => {
    field.value = button.dataset.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
}

// Menus close when one goes on elsewhere ------------------------------------------------------------

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Copying, where the browser allows it --------------------------------------------------------------

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
  });
}

// Live parts --------------------------------------------------------------------------------------

const HIDDEN_POLL = 30_000; // milliseconds between two polls while nobody looks
const polledAt = new Map();

document.addEventListener("htmx:beforeRequest", (event) => {
  const id = event.detail.elt.id;
  const isRecent = Date.now() - (polledAt.get(id) ?? 0) < HIDDEN_POLL;
  if (document.hidden && isRecent) {
    event.preventDefault();
  } else {
    polledAt.set(id, Date.now());
  }
});

// The session is over and the answer is the login page: go there, and come back here.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, pathInfo } = event.detail;
  const asked = new URL(pathInfo.finalRequestPath, window.location.href);
  if (xhr.responseURL && new URL(xhr.responseURL).pathname !== asked.pathname) {
    event.preventDefault();
    window.location.reload();
  }
});
