// Conveniences. Every page works without this file.
"use strict";
const all = (selector) => document.querySelectorAll(selector);

for (const form of all("form[data-send]")) HTMLFormElement.prototype.submit.call(form);

for (const button of all("[data-show]")) {
  const input = document.getElementById(button.dataset.show);
  const face = [button.textContent, button.ariaLabel];
  button.hidden = false;
  const turn = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? button.dataset.hideText : face[0];
    button.ariaLabel = shown ? button.dataset.hideLabel : face[1];
  };
  button.addEventListener("click", () => turn(input.type === "password"));
  // Sent as a password, whatever it looked like: browsers remember the text of ordinary fields.
  input.form.addEventListener("submit", () => turn(false));
}

for (const note of all("[data-caps]")) {
  const input = document.getElementById(note.dataset.caps);
  const look = (event) => {
    const on = event.getModifierState && event.getModifierState("CapsLock");
    note.textContent = on ? note.dataset.text : "";
  };
  input.addEventListener("keydown", look);
  input.addEventListener("keyup", look);
  input.addEventListener("blur", () => { note.textContent = ""; });
}

if (navigator.clipboard) {
  for (const button of all("[data-copy]")) {
    const face = button.textContent;
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = button.dataset.done;
      button.removeAttribute("aria-label");
      setTimeout(() => { button.textContent = face; }, 4000);
    });
  }
}

for (const button of all("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
for (const text of all("[data-without-script]")) text.hidden = true;

const errors = document.getElementById("errors");
if (errors) errors.focus();
