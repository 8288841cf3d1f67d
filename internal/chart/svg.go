package chart

import (
	"encoding/xml"
	"fmt"
	"image/color"
	"strconv"
	"strings"

	"didops/internal/view"
)

// SVG draws a picture that a browser shows [Width] pixels wide, or as wide as
// it is told to. It says what is to be seen to whom can't see it.
func SVG(i view.Image, t Theme) []byte {
	v := &vector{}
	fmt.Fprintf(&v.out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="%s" font-family="Go, 'Segoe UI', Helvetica, Arial, sans-serif">`+"\n",
		Width, Height, Width, Height, escaped(i.Alt))
	draw(i, v, t)
	v.out.WriteString("</svg>\n")
	return []byte(v.out.String())
}

// vector writes elements.
type vector struct{ out strings.Builder }

func (v *vector) rect(x, y, w, h float64, c color.RGBA) {
	fmt.Fprintf(&v.out, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`+"\n", short(x), short(y), short(w), short(h), hex(c))
}

func (v *vector) text(x, y, size float64, s string, a anchor, c color.RGBA) {
	fmt.Fprintf(&v.out, `<text x="%s" y="%s" font-size="%s" text-anchor="%s" fill="%s">%s</text>`+"\n",
		short(x), short(y), short(size), []string{"start", "end", "middle"}[a], hex(c), escaped(s))
}

func short(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0"), ".")
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// escaped writes a text into markup.
func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes everything
	return b.String()
}
