package chart

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// faces are those of the sizes that are used. A face is for one goroutine at a
// time.
//
//nolint:gochecknoglobals // the font is part of the program, and is taken apart once
var faces = struct {
	sync.Mutex
	font   *opentype.Font
	bySize map[float64]font.Face
}{bySize: map[float64]font.Face{}}

// withFace runs fn with a face of a size. Without one, which would be a defect of
// the font in the program, fn is not run.
func withFace(size float64, fn func(font.Face)) {
	faces.Lock()
	defer faces.Unlock()
	f := faces.bySize[size]
	if f == nil {
		var err error
		if faces.font == nil {
			if faces.font, err = opentype.Parse(goregular.TTF); err != nil {
				return
			}
		}
		if f, err = opentype.NewFace(faces.font, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone}); err != nil {
			return
		}
		faces.bySize[size] = f
	}
	fn(f)
}

// textWidth returns how many pixels wide a text is.
func textWidth(s string, size float64) (width float64) {
	withFace(size, func(f font.Face) { width = float64(font.MeasureString(f, s)) / 64 })
	return width
}

// printable writes a question mark for what the font has no shape for, and leaves
// out what is not drawn at all.
func printable(s string) (out string) {
	withFace(labelSize, func(f font.Face) {
		out = strings.Map(func(r rune) rune {
			if r < ' ' || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) {
				return -1
			}
			if _, ok := f.GlyphAdvance(r); !ok {
				return '?'
			}
			return r
		}, s)
	})
	return out
}

func toFixed(v float64) fixed.Int26_6 { return fixed.Int26_6(v * 64) }
