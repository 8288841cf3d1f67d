package golden

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// Picture is Check for a PNG: what counts are its pixels, whatever they are
// packed like.
func Picture(tb testing.TB, name string, got []byte) {
	tb.Helper()
	if *update {
		Check(tb, name, got)
		return
	}
	want, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)))
	if err != nil {
		tb.Fatalf("golden file: %v (run the test with -update to write it)", err)
	}
	a, b := decoded(tb, want), decoded(tb, got)
	if a.Bounds() != b.Bounds() {
		tb.Fatalf("%s: got a picture of %v, want %v", name, b.Bounds(), a.Bounds())
	}
	differ := 0
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			r, g, bl, _ := a.At(x, y).RGBA()
			r2, g2, bl2, _ := b.At(x, y).RGBA()
			if r != r2 || g != g2 || bl != bl2 {
				differ++
			}
		}
	}
	if differ > 0 {
		tb.Errorf("%s: %d pixels differ", name, differ)
	}
}

func decoded(tb testing.TB, b []byte) image.Image {
	tb.Helper()
	i, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		tb.Fatal(err)
	}
	return i
}
