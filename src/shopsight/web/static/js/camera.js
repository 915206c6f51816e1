// The camera in a dialog; where there is none (or none may be used) the phone's own camera app is asked.
import { draw } from "./picture.js";

export class Camera {
  constructor(dialog, fallback) {
    this.dialog = dialog;
    this.fallback = fallback;
    this.video = dialog.querySelector("video");
    this.facing = "environment";
    dialog.addEventListener("close", () => this.stop());
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.querySelector("[data-turn]").addEventListener("click", () => this.turn());
    dialog.querySelector("[data-shoot]").addEventListener("click", () => this.shoot());
  }

  /** Resolves with a picture, or null when the dialog is closed. */
  async take() {
    if (!navigator.mediaDevices?.getUserMedia || !(await this.start())) {
      this.fallback();
      return null;
    }
    this.dialog.showModal();
    return new Promise((done) => {
      this.done = done;
    });
  }

  async start() {
    this.hush();
    try {
      const video = { facingMode: { ideal: this.facing }, width: { ideal: 1280 }, height: { ideal: 1280 } };
      this.video.srcObject = await navigator.mediaDevices.getUserMedia({ video, audio: false });
      await this.video.play();
      return true;
    } catch {
      this.hush();
      return false;
    }
  }

  async turn() {
    this.facing = this.facing === "environment" ? "user" : "environment";
    if (!(await this.start())) this.dialog.close();
  }

  async shoot() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!width) return;
    const picture = await draw(this.video, width, height);
    this.finish({ ...picture, name: "camera.jpg" });
    this.dialog.close();
  }

  hush() {
    this.video.srcObject?.getTracks().forEach((track) => track.stop());
    this.video.srcObject = null;
  }

  stop() {
    this.hush();
    this.finish(null);
  }

  finish(picture) {
    this.done?.(picture);
    this.done = null;
  }
}
