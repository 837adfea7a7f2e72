"""`draw_chart`: an image that the tool draws, kept as a file and shown by a link."""

import asyncio
import re
from io import BytesIO
from typing import Annotated

from PIL import Image, ImageDraw, ImageFont
from pydantic import BaseModel, BeforeValidator, Field
from turnstream.contracts.turns import Json
from turnstream_tools import ToolContext, tool

from turnstream_guide.language.texts import translator

WIDTH, HEIGHT, MARGIN = 640, 360, 48
INK, LINE, GRID = "#1f2937", "#2563eb", "#e5e7eb"
DOT = 5


def _numbers(values: object) -> object:
    """Numbers that were written in a sentence."""
    return re.findall(r"-?\d+(?:\.\d+)?", values) if isinstance(values, str) else values


Number = Annotated[float, Field(ge=-1e6, le=1e6)]
Numbers = Annotated[list[Number], BeforeValidator(_numbers), Field(min_length=2, max_length=31)]


class DrawChart(BaseModel):
    """What to draw."""

    values: Numbers = Field(
        description="The numbers, in order, for example the temperatures of a week."
    )


@tool(
    name="draw_chart",
    description="Draw a line chart of some numbers, and show it as an image.",
    idempotent=True,
)
async def draw_chart(call: ToolContext, args: DrawChart) -> Json:
    """Draw, keep and show. A second run gives the same image under the same id."""
    _ = translator(call.locale)
    await call.progress(_("Drawing …"), icon="chart")
    await call.image(await asyncio.to_thread(line_chart, args.values))
    summary = _("I drew {count} numbers, from {least} to {most}.").format(
        count=len(args.values), least=f"{min(args.values):g}", most=f"{max(args.values):g}"
    )
    return {"shown": True, "values": args.values, "summary": summary}


def line_chart(values: list[float]) -> bytes:
    """A line through the values, with the least and the greatest named, as a PNG."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=16)
    least, most = min(values), max(values)
    for value in {least, most}:
        y = _height(value, least, most)
        draw.line([(MARGIN, y), (WIDTH - MARGIN, y)], fill=GRID, width=2)
        draw.text((MARGIN - 8, y), f"{value:g}", fill=INK, font=font, anchor="rm")
    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    points = [(MARGIN + i * step, _height(v, least, most)) for i, v in enumerate(values)]
    draw.line(points, fill=LINE, width=4, joint="curve")
    for x, y in points:
        draw.ellipse([x - DOT, y - DOT, x + DOT, y + DOT], fill=LINE)
    png = BytesIO()
    image.save(png, "PNG")
    return png.getvalue()


def _height(value: float, least: float, most: float) -> float:
    """The height, counted from the top of the image: equal values lie in the middle."""
    part = (value - least) / (most - least) if most > least else 0.5
    return HEIGHT - MARGIN - part * (HEIGHT - 2 * MARGIN)
