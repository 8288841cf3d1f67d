package chart

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"

	"didops/internal/view"
)

// PNG draws a picture of [Width] × [Height] pixels.
func PNG(i view.Image, t Theme) ([]byte, error) {
	r := raster{image.NewRGBA(image.Rect(0, 0, Width, Height))}
	draw(i, r, t)
	var b bytes.Buffer
	if err := png.Encode(&b, r.RGBA); err != nil {
		return nil, fmt.Errorf("encode a picture: %w", err)
	}
	return b.Bytes(), nil
}

// raster draws on pixels.
type raster struct{ *image.RGBA }

// rect fills pixels, those at an edge in part.
func (r raster) rect(x, y, w, h float64, c color.RGBA) {
	for py := int(math.Floor(y)); float64(py) < y+h; py++ {
		for px := int(math.Floor(x)); float64(px) < x+w; px++ {
			part := covered(x, w, px) * covered(y, h, py)
			if !(image.Point{px, py}).In(r.Rect) {
				continue
			}
			under := r.RGBAAt(px, py)
			r.SetRGBA(px, py, color.RGBA{mix(under.R, c.R, part), mix(under.G, c.G, part), mix(under.B, c.B, part), 0xff})
		}
	}
}

// covered returns how much of a pixel lies within a length.
func covered(from, length float64, pixel int) float64 {
	return max(0, min(from+length, float64(pixel+1))-max(from, float64(pixel)))
}

func mix(under, over uint8, part float64) uint8 {
	return uint8(math.Round(float64(under)*(1-part) + float64(over)*part))
}

func (r raster) text(x, y, size float64, s string, a anchor, c color.RGBA) {
	switch a {
	case fromLeft:
	case toRight:
		x -= textWidth(s, size)
	case around:
		x -= textWidth(s, size) / 2
	}
	withFace(size, func(f font.Face) {
		d := font.Drawer{Dst: r.RGBA, Src: image.NewUniform(c), Face: f, Dot: fixed.Point26_6{X: toFixed(x), Y: toFixed(y)}}
		d.DrawString(s)
	})
}
