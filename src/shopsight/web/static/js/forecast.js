// What-if sliders: each says where it stands, and the difference follows. Without scripts the form's button does it.
import "./shell.js";
import { ask } from "./problem.js";

const form = document.getElementById("knobs");

if (form) {
  const shown = document.getElementById("difference");
  const sliders = [...form.querySelectorAll('input[type="range"]')];
  form.querySelector("#ask").hidden = true;

  // As many decimals as the slider's step has.
  const decimals = (step) => (String(step).split(".")[1] ?? "").length;
  function say(slider) {
    const output = form.querySelector(`output[for="${slider.id}"]`);
    const shift = Number(slider.value);
    const { now } = output.dataset;
    const places = decimals(slider.step);
    const signed = `${shift < 0 ? "−" : "+"}${Math.abs(shift).toFixed(places)}`;
    output.textContent = shift ? `${signed}, to ${(Number(now) + shift).toFixed(places).replace("-", "−")}` : "as it is";
    slider.setAttribute("aria-valuetext", output.textContent);
  }

  // On a phone the answer lies below the sliders: its first line stays in sight.
  const short = document.getElementById("short");
  function repeat() {
    short.textContent = shown.querySelector(".difference")?.textContent ?? "";
    short.hidden = !short.textContent;
  }

  let asking = null;
  async function show() {
    asking?.abort();
    asking = new AbortController();
    const query = new URLSearchParams(new FormData(form));
    for (const slider of sliders) if (Number(slider.value) === 0) query.delete(slider.name);
    shown.setAttribute("aria-busy", "true");
    try {
      const answer = await ask(`/console/forecast/what-if?${query}`, { signal: asking.signal });
      shown.innerHTML = await answer.text();
      repeat();
      history.replaceState(null, "", `/console/forecast?${query}`);
    } catch (error) {
      if (error.name === "AbortError") return;
      shown.textContent = `${error.message}. ${error.cure ?? ""}`;
    }
    shown.removeAttribute("aria-busy");
  }

  repeat();
  for (const slider of sliders) {
    say(slider);
    slider.addEventListener("input", () => say(slider));
    slider.addEventListener("change", show);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show();
  });
}
