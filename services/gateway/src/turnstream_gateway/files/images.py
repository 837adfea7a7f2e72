"""Images that strangers sent: measured, turned upright, and without what they tell of their maker.

A photo of a phone lies on its side, with a note that says how to turn it, and where it was taken. A
model does not read the note, and nobody meant to send the place.
"""

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:  # Pillow is loaded for images only
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

Found = dict[str, object]
"""What is known of a file."""

_NOTES = ("exif", "xmp", "XML:com.adobe.xmp", "photoshop", "comment", "parsed_exif")
"""Where Pillow keeps what an image tells beside its picture."""
_ORIENTATION = 0x0112
_UPRIGHT = 1


class FileRefused(Exception):
    """The file can't be used; the message says why."""


def read_image(content: BinaryIO, pixels: int, clean: BinaryIO) -> Found:
    """The size of an image as it is displayed.

    A rotated image, or one with metadata, is `changed`: it is rewritten to `clean` without it. A
    GIF is kept as it is. Raises `FileRefused` if it is damaged or has more than `pixels`.
    """
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked below, before anything is decoded
    try:
        with Image.open(content) as image:
            width, height = image.size
            if width * height > pixels:
                raise FileRefused(f"It has {width} × {height} pixels; {pixels} in all are taken.")
            image.load()  # the whole first frame: a cut-off image is found here, not by a model
            if image.format == "GIF" or not _tells_more(image):
                return {"width": width, "height": height}
            turned = image.getexif().get(_ORIENTATION, _UPRIGHT) != _UPRIGHT
            options = _options(image, many=not turned and image.format != "MPO")
            upright = ImageOps.exif_transpose(image) if turned else image
            _forget(upright)
            upright.save(clean, **options)  # type: ignore[arg-type]  # each writer has its own
            return {"width": upright.width, "height": upright.height, "changed": True}
    except (OSError, ValueError, SyntaxError, KeyError, TypeError) as error:
        raise FileRefused("It is damaged: the image can't be read.") from error


def _tells_more(image: "ImageFile") -> bool:
    """Whether there is anything beside the picture; in `MPO` it is another picture."""
    noted = any(name in image.info for name in _NOTES) or bool(getattr(image, "text", None))
    return noted or bool(image.getexif()) or image.format == "MPO"


def _forget(image: "Image") -> None:
    """Drop the notes that Pillow would write into a new file."""
    for name in _NOTES:
        image.info.pop(name, None)


def _options(image: "ImageFile", *, many: bool) -> dict[str, object]:
    """How to write an image anew: of the same kind, about as large, with all of its frames."""
    options: dict[str, object] = {"format": "JPEG" if image.format == "MPO" else image.format}
    if profile := image.info.get("icc_profile"):
        options["icc_profile"] = profile
    match options["format"]:
        case "JPEG":
            options["qtables"] = getattr(image, "quantization", None)
        case "WEBP":
            options |= {"quality": 90, "method": 2, "save_all": many}  # 4 takes seconds
        case "PNG":
            options["save_all"] = many
    return options
