// A file becomes what is sent: made smaller, turned upright, and without what phones write into photos (place, time).

const LONGEST_PX = 1280;

export async function prepare(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return { blob: file, url: "", width: 0, height: 0, name: file.name || "photo" };
  }
  const scale = Math.min(1, LONGEST_PX / Math.max(bitmap.width, bitmap.height));
  const picture = await draw(bitmap, Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
  bitmap.close();
  return { ...picture, name: file.name || "photo.jpg" };
}

export async function draw(source, width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const brush = canvas.getContext("2d");
  brush.fillStyle = "#fff"; // What is see-through lies on white, as in the shop's own decoder.
  brush.fillRect(0, 0, width, height);
  brush.drawImage(source, 0, 0, width, height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
  return { blob, url: URL.createObjectURL(blob), width, height };
}

export const pictureIn = (list) => [...(list ?? [])].find((file) => file.type.startsWith("image/") || /\.(heic|heif|avif)$/i.test(file.name));
