"""The `theme` option and its parts, as the browser computes them."""

import pytest
from playwright.sync_api import Locator, Page
from turnstream_devstack.stack import Stack

from tests.browser.own_page import open_own_page

FONT = "/fonts/own.woff2"
BACKGROUND = "var(--ts-background)"


@pytest.fixture
def chat(empty_page: Page, scripted_stack: Stack) -> Locator:
    """The box around all that an element without options shows."""
    open_own_page(empty_page, scripted_stack.gateway_urls[0], "{ startScreen: { greeting: 'Hi' } }")
    return empty_page.locator("turnstream-chat .root")


def with_theme(chat: Locator, theme: str) -> None:
    """Give the element a theme, an expression of JavaScript, and nothing else."""
    chat.page.evaluate(f"set({{ theme: {theme} }}); chat.updateComplete")


def style(place: Locator, name: str) -> str:
    """A style as the browser computes it."""
    value: str = place.evaluate(
        "(each, name) => getComputedStyle(each).getPropertyValue(name)", name
    )
    return value


def painted(place: Locator, color: str) -> list[int]:
    """Red, green and blue of a colour, such as `var(--ts-accent)`, as it is painted there."""
    channels: list[int] = place.evaluate(
        """(each, color) => {
            const probe = document.createElement('i');
            each.append(probe);
            probe.style.color = color;
            const context = new OffscreenCanvas(1, 1).getContext('2d');
            context.fillStyle = getComputedStyle(probe).color;
            probe.remove();
            context.fillRect(0, 0, 1, 1);
            return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
        }""",
        color,
    )
    return channels


def test_a_scheme_is_a_theme_of_its_own(chat: Locator) -> None:
    """`'dark'` and `{ colorScheme: 'dark' }` are the same; without one it is light."""
    assert painted(chat, BACKGROUND) == [255, 255, 255]
    for theme in ("'dark'", "{ colorScheme: 'dark' }"):
        with_theme(chat, theme)
        assert style(chat, "color-scheme") == "dark"
        assert max(painted(chat, BACKGROUND)) < 50
        assert min(painted(chat, "currentcolor")) > 200
        with_theme(chat, "{}")
        assert style(chat, "color-scheme") == "light"


def test_the_radius_is_that_of_buttons_and_of_the_composer(chat: Locator) -> None:
    """From pill, the default, to sharp every step is less round."""
    button = chat.get_by_role("button", name="New chat")
    box = chat.locator("turnstream-composer form")
    seen = []
    for radius in ("pill", "round", "soft", "sharp"):
        with_theme(chat, f"{{ radius: '{radius}' }}")
        seen.append([float(style(each, "border-top-left-radius")[:-2]) for each in (button, box)])
    with_theme(chat, "{}")
    default = [float(style(each, "border-top-left-radius")[:-2]) for each in (button, box)]

    assert seen[0] == default
    assert [row[0] for row in seen] == sorted({row[0] for row in seen}, reverse=True)
    assert [row[1] for row in seen] == sorted({row[1] for row in seen}, reverse=True)
    assert seen[-1] == [0, 0]


def test_the_density_is_the_room_between_things(chat: Locator) -> None:
    """Compact is closer than normal, the default, and spacious wider."""
    screen = chat.locator("turnstream-start section")
    padding = []
    for theme in (
        "{ density: 'compact' }",
        "{}",
        "{ density: 'normal' }",
        "{ density: 'spacious' }",
    ):
        with_theme(chat, theme)
        padding.append(float(style(screen, "padding-top")[:-2]))

    assert padding[0] < padding[1] == padding[2] < padding[3]


@pytest.mark.parametrize("size", [14, 15, 16, 17, 18])
def test_the_base_size_is_that_of_text_and_all_else_follows(chat: Locator, size: int) -> None:
    """In pixels."""
    with_theme(chat, f"{{ typography: {{ baseSize: {size} }} }}")

    assert style(chat, "font-size") == f"{size}px"
    heading = chat.get_by_role("heading")
    assert float(style(heading, "font-size")[:-2]) == pytest.approx(size * 1.875)


def test_the_families_of_fonts_are_those_of_text_and_of_code(chat: Locator) -> None:
    """Each where it belongs."""
    with_theme(chat, "{ typography: { fontFamily: 'Own, serif', fontFamilyMono: 'Mono' } }")

    assert style(chat, "font-family") == "Own, serif"
    assert style(chat, "--ts-font-mono") == "Mono"


def test_fonts_of_the_page_are_loaded_as_it_describes_them(chat: Locator) -> None:
    """Once each, however often options are set; one that is not there does no harm."""
    page = chat.page
    page.route(f"**{FONT}", lambda route: route.abort())
    page.evaluate(
        "window.made = []; window.FontFace = class extends FontFace {"
        " constructor(...given) { super(...given); made.push(given); } }; 0"
    )
    source = (
        f"{{ family: 'Own', src: '{FONT}', weight: 600, style: 'italic', display: 'swap',"
        " unicodeRange: 'U+20-7E' }"
    )
    for _ in range(2):
        with_theme(chat, f"{{ typography: {{ fontFamily: 'Own', fontSources: [{source}] }} }}")

    described = {"weight": "600", "style": "italic", "display": "swap", "unicodeRange": "U+20-7E"}
    assert page.evaluate("made") == [["Own", f'url("{FONT}")', described]]


def test_the_accent_colours_what_calls_for_attention(chat: Locator) -> None:
    """Its level says how strongly soft grounds take it on, and text on it can be read."""
    soft = []
    for level in range(4):
        accent = f"{{ primary: 'rgb(200, 30, 60)', level: {level} }}"
        with_theme(chat, f"{{ color: {{ accent: {accent} }} }}")
        soft.append(painted(chat, "var(--ts-accent-soft)")[1])
    assert painted(chat, "var(--ts-accent)") == [200, 30, 60]
    assert soft == sorted(set(soft), reverse=True)
    for primary, readable in (("#ffe000", 0), ("#202060", 255)):
        with_theme(chat, f"{{ color: {{ accent: {{ primary: '{primary}', level: 1 }} }} }}")
        assert painted(chat, "var(--ts-on-accent)") == [readable] * 3


def test_the_grayscale_tints_and_shades_every_gray(chat: Locator) -> None:
    """A hue, how much of it, and how much lighter or darker."""

    def ground(gray: str) -> list[int]:
        with_theme(chat, f"{{ colorScheme: 'dark', color: {{ grayscale: {{ {gray} }} }} }}")
        return painted(chat, BACKGROUND)

    red, blue = ground("hue: 20, tint: 9"), ground("hue: 260, tint: 9")
    assert red[0] > red[2]
    assert blue[2] > blue[0]
    pale = ground("hue: 260, tint: 0")
    assert max(pale) - min(pale) < max(blue) - min(blue)
    darker, lighter = (ground(f"hue: 260, tint: 9, shade: {shade}") for shade in (4, -4))
    assert sum(darker) < sum(blue) < sum(lighter)


def test_the_surface_is_the_ground_and_what_is_written_on_it(chat: Locator) -> None:
    """Both colours as the page gives them."""
    with_theme(chat, "{ color: { surface: { background: '#102030', foreground: '#f0e0d0' } } }")

    assert style(chat, "background-color") == "rgb(16, 32, 48)"
    assert style(chat, "color") == "rgb(240, 224, 208)"
