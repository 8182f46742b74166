"""The contrast of two colours as WCAG 2 defines it, from the oklch() values of tokens.css."""

import re
from math import cos, radians, sin
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OKLCH = r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)"
TOKEN = re.compile(rf"--([\w-]+): light-dark\({OKLCH}, {OKLCH}\);")


def read_tokens() -> dict[str, dict[str, float]]:
    """Return the relative luminance of each colour token, by theme and name."""
    css = (ROOT / "static/css/tokens.css").read_text()
    found = [(name, *map(float, values)) for name, *values in TOKEN.findall(css)]
    return {
        "light": {name: luminance(*values[:3]) for name, *values in found},
        "dark": {name: luminance(*values[3:]) for name, *values in found},
    }


def luminance(lightness: float, chroma: float, hue: float) -> float:
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(max(part, 0.0), 1.0) for part in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: float, other: float) -> float:
    lighter, darker = max(one, other), min(one, other)
    return (lighter + 0.05) / (darker + 0.05)
