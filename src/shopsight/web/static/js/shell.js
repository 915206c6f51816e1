// What every page does once: install the service worker.
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
