/** Pictures as they are sent: large ones are made smaller, because the network of a street is slow. */

/** A picture smaller than this is sent as it is. */
const AS_IT_IS_BYTES = 1_500_000;
const LONGEST_SIDE_PX = 2560;
const QUALITY = 0.85;

export class PictureUnreadable extends Error {}

/** @throws PictureUnreadable the browser cannot decode it. */
export async function ready(picture: Blob): Promise<Blob> {
  if (picture.size <= AS_IT_IS_BYTES && /^image\/(jpeg|png|webp)$/.test(picture.type)) return picture;
  let decoded: ImageBitmap;
  try {
    decoded = await createImageBitmap(picture, { imageOrientation: "from-image" });
  } catch (error) {
    throw new PictureUnreadable(String(error));
  }
  const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(decoded.width, decoded.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(decoded.width * scale);
  canvas.height = Math.round(decoded.height * scale);
  canvas.getContext("2d")?.drawImage(decoded, 0, 0, canvas.width, canvas.height);
  decoded.close();
  const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (made === null) throw new PictureUnreadable("the picture cannot be encoded");
  return made;
}
