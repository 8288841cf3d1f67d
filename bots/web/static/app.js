"use strict";

// Asks the browser for a passkey where a form takes one, and posts the form with
// what the browser answered. Everything else on the page works without this.
(() => {
  const page = document.body.dataset;
  const failed = document.getElementById("failed");

  const say = (text) => {
    failed.textContent = text;
    failed.hidden = false;
    failed.tabIndex = -1;
    failed.focus();
  };

  const begin = async (address, fields) => {
    const answer = await fetch(address, {
      method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(fields), cache: "no-store", redirect: "error",
    });
    const body = await answer.json();
    if (!answer.ok) {
      if (body.anew) location.replace(location.pathname + "?said=anew");
      throw new Error(body.message || "The page could not be reached.");
    }
    return body;
  };

  const why = (error) => {
    switch (error.name) {
      case "NotAllowedError": return "No passkey was given, or the browser let it be. Nothing was done; you can try again.";
      case "InvalidStateError": return "This passkey is enrolled already.";
      case "SecurityError": return "Passkeys of this page are for " + page.origin + ": open it by that address.";
      case "TypeError": return "The page could not be reached. Nothing was done; you can try again.";
    }
    return error.message;
  };

  // ask begins an enrolment, and shows whose passkey it is before one is made.
  const ask = async (form) => {
    const c = await begin(form.dataset.begin, { token: form.elements.token.value });
    form.dataset.person = c.person;
    const whose = document.getElementById("whose");
    whose.textContent = "By this link a passkey signs in, and decides, as " + c.person + ". If that is somebody else, leave it.";
    whose.hidden = false;
    form.querySelector("button").textContent = "Enrol a passkey of " + c.person;
    return c;
  };

  const ways = {
    async signin(form) {
      const c = await begin(form.dataset.begin, {});
      return [c, await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(c.publicKey) })];
    },
    async enrol(form) {
      const known = form.dataset.person;
      const c = await ask(form);
      if (c.person !== known) throw new Error("See whose passkey this is, and press again.");
      return [c, await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(c.publicKey) })];
    },
    async decide(form, button) {
      const c = await begin(form.dataset.begin, { decision: button.value, terms: form.elements.terms.value });
      return [c, await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(c.publicKey) })];
    },
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const way = form.dataset.passkey;
    if (way === "enrol") {
      form.elements.token.value = location.hash.slice(1);
      history.replaceState(null, "", location.pathname);
      if (form.elements.token.value) ask(form).catch((error) => say(why(error)));
      else say("This page takes a link that whoever runs didops makes for you.");
    }
    form.addEventListener("submit", async (event) => {
      const button = event.submitter;
      if (way === "decide" && !(button && "assert" in button.dataset)) return;
      event.preventDefault();
      const buttons = form.querySelectorAll("button:enabled"); // the one that Enter presses stays as it is
      buttons.forEach((b) => { b.disabled = true; });
      try {
        if (location.origin !== page.origin) throw new DOMException("", "SecurityError");
        if (!window.PublicKeyCredential || !PublicKeyCredential.parseRequestOptionsFromJSON) throw new Error("This browser knows no passkeys, or is too old for them.");
        const [ceremony, credential] = await ways[way](form, button);
        form.elements.ceremony.value = ceremony.ceremony || "";
        form.elements.answer.value = JSON.stringify(credential.toJSON());
        if (way === "decide") {
          const decision = document.createElement("input");
          decision.type = "hidden";
          decision.name = "decision";
          decision.value = button.value;
          form.append(decision);
        }
        form.submit();
      } catch (error) {
        buttons.forEach((b) => { b.disabled = false; });
        say(why(error));
      }
    });
  }
})();
